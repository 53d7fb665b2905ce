// Where inputs come from and where their outputs go.

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <regex>
#include <set>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/journal_rows.h"
#include "tests/support/sample_pictures.h"
#include "tests/support/skip.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Names = std::vector<std::string>;

TEST_CASE("a tree is mirrored with --recursive, and only its top level is taken without") {
  const Job job;
  for (const char* const name : {"a.jpg", "one/b.jpg", "one/two/c.jpg", "one/two/three/d.jpg"})
    job.add_picture(name);
  CHECK(job.run().exit_code == 0);
  CHECK(files_below(job.out()) == Names{"a.jpg"});
  const ProgramResult result = job.run({"--recursive"});
  CHECK(result.exit_code == 0);
  CHECK(files_below(job.out()) == Names{"a.jpg", "one/b.jpg", "one/two/c.jpg", "one/two/three/d.jpg"});
  CHECK(job.report().at("up_to_date") == 1);
  CHECK(ledger_fault(job, result) == "");
}

TEST_CASE("the output directory inside of the input is never taken for input") {
  const Job job;
  job.add_picture("a.jpg");
  job.add_picture("sub/b.jpg");
  for (int run = 0; run < 3; ++run) {
    CHECK(job.run({"--recursive", "--output", job.in("sub/marked"), "--job-dir", job.out("job")}).exit_code ==
          0);
  }
  CHECK(files_below(job.in("sub/marked")) == Names{"a.jpg", "sub/b.jpg"});
}

TEST_CASE("any file name is marked, logged on one line and found again") {
  const Job job;
  const std::string longest = std::string(251, 'n') + ".jpg";
  const Names names{"new\nline.jpg",    "broken\xff.jpg",     "a[1].jpg",
                    "-x.jpg",           "--workers.jpg",      longest,
                    "100%d.jpg",        ".hidden.jpg",        " space .jpg",
                    "tab\tand\x1b.jpg", "back\\slash.jpg",    "quote'\".jpg",
                    "UPPER.JPG",        "umlaut-\xc3\xa4.jpg"};
  for (const std::string& name : names) job.add_picture(name);
  const ProgramResult result = job.run({"--recursive"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(ledger_fault(job, result) == "");
  Names sorted = names;
  std::sort(sorted.begin(), sorted.end());
  CHECK(files_below(job.out()) == sorted);
  CHECK(job.final_lines().size() == names.size());
  for (const std::string& name : names) {
    INFO(name);
    CHECK(is_whole_picture(read_file(job.out(name))));
  }
  const ProgramResult again = job.run({"--recursive"});
  CHECK(again.exit_code == 0);
  CHECK(job.report().at("up_to_date") == names.size());
}

TEST_CASE("names that are no UTF-8 stand percent-encoded in the report and are flagged") {
  const Job job;
  write_file(job.in("bad\xff%.jpg"), "no");
  CHECK(job.run().exit_code == 1);
  const json report = job.report();
  REQUIRE(report.at("problems").size() == 1);
  const json& problem = report.at("problems").at(0);
  CHECK(problem.at("input").get<std::string>().ends_with("bad%FF%25.jpg"));
  CHECK(problem.at("input_encoding") == "percent");
}

TEST_CASE("names that begin with a dash can follow -- or come from a list") {
  const Job job;
  write_file(job.directory() + "/-x.jpg", sample_picture(64, 48, ".jpg"));
  Words words = job.command();
  words.insert(words.end(), {"--", "-x.jpg"});
  CHECK(job.run_command(words).exit_code == 0);
  CHECK(files_below(job.out()) == Names{"-x.jpg"});
}

TEST_CASE("lists name inputs by line or by NUL, from a file or from standard input") {
  const Job job;
  job.add_picture("a.jpg");
  job.add_picture("new\nline.jpg");
  job.add_picture("not-listed.jpg");
  ProgramOptions options;
  SECTION("lines") {
    write_file(job.directory() + "/list", "in/a.jpg\n");
    CHECK(job.run_command(job.command({"--files-from", "list"})).exit_code == 0);
    CHECK(files_below(job.out()) == Names{"a.jpg"});
  }
  SECTION("lines of standard input, the last one without its end") {
    options.standard_input = "in/a.jpg\nin/not-listed.jpg";
    CHECK(job.run_command(job.command({"--files-from", "-"}), options).exit_code == 0);
    CHECK(files_below(job.out()) == Names{"a.jpg", "not-listed.jpg"});
  }
  SECTION("NULs of standard input") {
    options.standard_input = std::string("in/a.jpg\0in/new\nline.jpg\0", 24);
    CHECK(job.run_command(job.command({"--files-from0", "-"}), options).exit_code == 0);
    CHECK(files_below(job.out()) == Names{"a.jpg", "new\nline.jpg"});
  }
  SECTION("a name that is not there is one failure") {
    options.standard_input = "in/a.jpg\nin/gone.jpg\n";
    const ProgramResult result = job.run_command(job.command({"--files-from", "-"}), options);
    CHECK(result.exit_code == 1);
    CHECK(job.report().at("marked") == 1);
    CHECK(job.report().at("failed") == 1);
    CHECK(job.report().at("problems").at(0).at("kind") == "unreadable");
    CHECK(ledger_fault(job, result) == "");
  }
  SECTION("an empty list is nothing to do") {
    const ProgramResult result = job.run_command(job.command({"--files-from", "-"}), options);
    CHECK(result.exit_code == 1);
    CHECK(result.err.find("nothing to do: ") != std::string::npos);
    CHECK(ledger_fault(job, result) == "");
  }
}

TEST_CASE("an input given twice is counted once") {
  const Job job;
  job.add_picture("a.jpg");
  Words words = job.command();
  words.insert(words.end(), {job.in(), job.in("a.jpg"), "in/a.jpg", "./in//a.jpg"});
  const ProgramResult result = job.run_command(words);
  CHECK(result.exit_code == 0);
  CHECK(job.report().at("inputs") == 1);
  CHECK(job.report().at("marked") == 1);
  CHECK(ledger_fault(job, result) == "");
}

TEST_CASE("of two inputs with one output the first is marked and the second fails") {
  const Job job;
  SECTION("the same name in two directories") {
    job.add_picture("one/a.jpg", 1);
    job.add_picture("two/a.jpg", 2);
  }
  SECTION("two extensions and one format") {
    job.add_picture("one/a.jpg", 1);
    write_file(job.in("two/a.png"), sample_picture(64, 48, ".png"));
  }
  Words words = job.command({"--format", "jpeg"});
  words.insert(words.end(), {job.in("one"), job.in("two")});
  const ProgramResult result = job.run_command(words);
  CHECK(result.exit_code == 1);
  json report = job.report();
  CHECK(report.at("marked") == 1);
  CHECK(report.at("failed") == 1);
  CHECK(report.at("problems").at(0).at("kind") == "collision");
  CHECK(report.at("problems").at(0).at("input").get<std::string>().find("two/a.") != std::string::npos);
  CHECK(ledger_fault(job, result) == "");
  const FileIdentity before = identity_of(job.out("a.jpg"));

  const ProgramResult again = job.run_command(words);
  CHECK(again.exit_code == 1);
  report = job.report();
  CHECK(report.at("up_to_date") == 1);
  CHECK(report.at("failed") == 1);
  CHECK(identity_of(job.out("a.jpg")) == before);
}

TEST_CASE("other extensions are counted as ignored, and globs choose") {
  const Job job;
  for (const char* const name :
       {"a.jpg", "b.JPG", "c.jpeg", "d.txt", "noending", "sub/e.jpg", "skip/f.jpg"}) {
    job.add_picture(name);
  }
  SECTION("extensions") {
    CHECK(job.run().exit_code == 0);
    CHECK(files_below(job.out()) == Names{"a.jpg", "b.JPG", "c.jpeg"});
    CHECK(job.report().at("ignored") == 2);
  }
  SECTION("--ext") {
    CHECK(job.run({"--ext", "txt,JPEG"}).exit_code == 0);
    CHECK(files_below(job.out()).size() == 2);
  }
  SECTION("--include") {
    CHECK(job.run({"--recursive", "--include", "[ae].*"}).exit_code == 0);
    CHECK(files_below(job.out()) == Names{"a.jpg", "sub/e.jpg"});
  }
  SECTION("--exclude") {
    CHECK(job.run({"--recursive", "--exclude", "skip", "--exclude", "b.*"}).exit_code == 0);
    CHECK(files_below(job.out()) == Names{"a.jpg", "c.jpeg", "sub/e.jpg"});
  }
  SECTION("braces") {
    CHECK(job.run({"--recursive", "--include", "{a,e}.{jpg,png}"}).exit_code == 0);
    CHECK(files_below(job.out()) == Names{"a.jpg", "sub/e.jpg"});
  }
  SECTION("a top-level directory is excluded by **/") {
    CHECK(job.run({"--recursive", "--exclude", "**/sub/**", "--exclude", "**/skip/**"}).exit_code == 0);
    CHECK(files_below(job.out()) == Names{"a.jpg", "b.JPG", "c.jpeg"});
  }
  SECTION("a glob that matches nothing is a warning") {
    CHECK(job.run({"--include", "*.jpg", "--exclude", "*.tmp"}).exit_code == 0);
    CHECK(read_file(job.log_file()).find("--exclude '*.tmp' matched nothing") != std::string::npos);
  }
}

TEST_CASE("a glob that can match nothing is wrong use") {
  const Job job;
  job.add_picture("a.jpg");
  for (const char* const glob : {"[", "*.[jp", "*.{jpg,png", "a\\", "[z-a]", "../*"}) {
    for (const char* const option : {"--include", "--exclude"}) {
      const ProgramResult result = job.run({option, glob});
      INFO(option << " " << glob << ": " << result.err);
      CHECK(result.exit_code == 2);
      CHECK(result.err.find(std::string(option) + " " + glob + ": ") != std::string::npos);
    }
  }
  CHECK(!fs::exists(job.out()));
}

TEST_CASE("a file that is named is tried whatever its extension") {
  const Job job;
  write_file(job.in("picture"), sample_picture(64, 48, ".jpg"));
  write_file(job.in("photo.original"), sample_picture(64, 48, ".png"));
  write_file(job.in("notes.txt"), "no picture");
  Words words = job.command();
  words.insert(words.end(), {job.in("picture"), job.in("photo.original"), job.in("notes.txt")});
  const ProgramResult result = job.run_command(words);
  CHECK(result.exit_code == 1);
  CHECK(files_below(job.out()) == Names{"photo.original", "picture"});
  REQUIRE(job.report().at("problems").size() == 1);
  CHECK(job.report().at("problems").at(0).at("kind") == "unsupported");
}

TEST_CASE("a job that finds nothing to do says why") {
  const Job job;
  std::string why;
  Words extra;
  SECTION("extensions") {
    for (const char* const name : {"a.heic", "b.HEIC", "c.txt", "none"}) write_file(job.in(name), "x");
    why = "nothing to do: 4 files skipped: .heic (2), without an extension (1), .txt (1); use --ext heic,txt";
  }
  SECTION("directories") {
    job.add_picture("one/a.jpg");
    job.add_picture("two/a.jpg");
    why = "nothing to do: 2 directories not entered; use -r";
  }
  SECTION("globs") {
    job.add_picture("a.jpg");
    extra = {"--exclude", "a.*"};
    why = "nothing to do: 1 file left out by --include and --exclude";
  }
  SECTION("links") {
    fs::create_symlink("/etc/passwd", job.in("a.jpg"));
    extra = {"--links", "never"};
    why = "nothing to do: 1 link not followed";
  }
  SECTION("an extension that is two") {
    job.add_picture("a.jpg");
    extra = {"--ext", "jpg;png"};
    why = "nothing to do: 1 file skipped: .jpg (1); use --ext jpg to try them";
  }
  SECTION("an empty list") {
    write_file(job.directory() + "/list", "\n\r\n");
    extra = {"--files-from", job.directory() + "/list"};
    why = "nothing to do: the list " + job.directory() + "/list names no file";
  }
  SECTION("standard input that is empty") {
    extra = {"--files-from", "-"};
    why = "nothing to do: the list standard input names no file";
  }
  SECTION("an empty directory") {
    why = "nothing to do: there are no files in the inputs";
  }
  Words dry = extra;
  dry.emplace_back("--dry-run");
  const ProgramResult rehearsal = job.run(dry);
  CHECK(rehearsal.exit_code == 1);
  CHECK(rehearsal.err.find(why) != std::string::npos);
  for (int run = 0; run < 2; ++run) {  // the second one finds the job's directory
    Words quiet = extra;
    quiet.emplace_back("--quiet");
    const ProgramResult result = job.run(run == 0 ? extra : quiet);
    INFO(result.err);
    CHECK(result.exit_code == 1);
    CHECK(result.err.find(why) != std::string::npos);
    CHECK(read_file(job.log_file()).find(why) != std::string::npos);
    CHECK(job.report().at("inputs") == 0);
    if (run == 0) CHECK(ledger_fault(job, result) == "");
  }
}

TEST_CASE("inputs are taken in natural order, so counters follow names") {
  const Job job;
  const Names names{"img1.jpg", "img2.jpg", "img9.jpg", "img10.jpg", "img11.jpg", "img100.jpg"};
  for (const std::string& name : names) job.add_picture(name);
  const ProgramResult rehearsal = job.run({"--dry-run"});
  std::size_t at = 0;
  for (const std::string& name : names) {
    INFO(name << " in " << rehearsal.out);
    const std::size_t next = rehearsal.out.find("/" + name + " -> ", at);
    CHECK(next != std::string::npos);
    at = next;
  }
  REQUIRE(job.run().exit_code == 0);
  const auto rows = journal_rows(job.job_directory(), "SELECT input FROM file ORDER BY id");
  REQUIRE(rows.size() == names.size());
  for (std::size_t i = 0; i < names.size(); ++i) CHECK(rows[i].at(0).ends_with("/" + names[i]));
}

TEST_CASE("no more workers are reported than there are files") {
  const Job job;
  job.add_picture("a.jpg");
  for (int run = 0; run < 2; ++run) {
    const ProgramResult result = job.run({"--workers", "8", "--overwrite", "all"});
    CHECK(result.exit_code == 0);
    CHECK(result.out.find(" 1 worker, ") != std::string::npos);
    CHECK(job.report().at("workers") == 1);
  }
  job.add_picture("b.jpg");
  job.add_picture("c.jpg");
  CHECK(job.run({"--workers", "8", "--overwrite", "all"}).exit_code == 0);
  CHECK(job.report().at("workers") <= 3);
  // On a busy machine a run may begin before the scan has ended: then nobody knows how many there will be.
  const std::string log = read_file(job.log_file());
  const std::regex started("started with (up to 8 workers|1 worker|3 workers), ");
  CHECK(std::distance(std::sregex_iterator(log.begin(), log.end(), started), {}) == 3);
}

TEST_CASE("links of others publish nothing, and no output is wider than its input") {
  const Job job;
  job.add_picture("a.jpg");
  job.add_picture("closed/b.jpg");
  fs::permissions(job.in("a.jpg"), fs::perms(0600));
  fs::permissions(job.in("closed"), fs::perms(0700));
  const std::string secret = job.directory() + "/private/secret.jpg";
  write_file(secret, sample_picture(64, 48, ".jpg"));
  const bool root = ::geteuid() == 0;
  for (const auto& [link, target] : {std::pair{job.in("f.jpg"), root ? secret : "/etc/passwd"},
                                     std::pair{job.in("d"), root ? job.directory() + "/private" : "/etc"}}) {
    fs::create_symlink(target, link);
    if (root) REQUIRE(::lchown(link.c_str(), 65534, 65534) == 0);
  }
  ProgramOptions options = job.options();
  options.umask = 022;
  Words words = job.command({"--recursive"});
  words.push_back(job.in());
  const ProgramResult result = job.run_command(words, options);
  INFO(result.err << result.out);
  CHECK(result.exit_code == 0);
  CHECK(files_below(job.out()) == Names{"a.jpg", "closed/b.jpg"});
  CHECK(job.report().at("links_not_followed") == 2);
  CHECK(result.out.find("2 links not followed") != std::string::npos);
  CHECK(read_file(job.log_file()).find("f.jpg: this link is not followed") != std::string::npos);
  CHECK(fs::status(job.out("a.jpg")).permissions() == fs::perms(0600));
  CHECK(fs::status(job.out("closed")).permissions() == fs::perms(0700));
  CHECK(ledger_fault(job, result) == "");

  // A user who names the link means it.
  words = job.command({"--output", job.directory() + "/named"});
  words.push_back(job.in("f.jpg"));
  const ProgramResult named = job.run_command(words, options);
  CHECK(named.exit_code == (root ? 0 : 1));  // /etc/passwd is no picture
}

TEST_CASE("two links in each directory mark one picture once") {
  const Job job;
  constexpr int directories = 40;
  const auto name = [](int i) { return "d" + std::to_string(i); };
  for (int i = 0; i <= directories; ++i) fs::create_directory(job.in(name(i)));
  for (int i = 0; i < directories; ++i) {
    fs::create_directory_symlink("../" + name(i + 1), job.in(name(i) + "/a"));
    fs::create_directory_symlink("../" + name(i + 1), job.in(name(i) + "/b"));
  }
  job.add_picture(name(directories) + "/x.jpg");
  Words words = job.command({"--recursive"});
  words.push_back(job.in("d0"));
  const ProgramResult result = job.run_command(words);
  CHECK(result.exit_code == 0);
  CHECK(job.report().at("inputs") == 1);
  CHECK(files_below(job.out()).size() == 1);
}

TEST_CASE("symlinked inputs are followed, and loops of them end") {
  const Job job;
  job.add_picture("real/a.jpg");
  write_file(job.directory() + "/far/b.jpg", sample_picture(64, 48, ".jpg"));
  fs::create_directory_symlink("../far", job.in("linked"));
  fs::create_symlink("real/a.jpg", job.in("link.jpg"));
  fs::create_directory_symlink("..", job.in("real/up"));
  fs::create_symlink("nowhere.jpg", job.in("dangling.jpg"));
  const ProgramResult result = job.run({"--recursive"});
  INFO(result.err << result.out);
  CHECK(!result.timed_out);
  CHECK(result.exit_code == 1);  // the dangling one
  CHECK(ledger_fault(job, result) == "");
  const Names names = files_below(job.out());
  for (const char* const name : {"link.jpg", "linked/b.jpg", "real/a.jpg"}) {
    CHECK(std::count(names.begin(), names.end(), name) == 1);
  }
  CHECK(!fs::is_symlink(job.out("link.jpg")));
}

TEST_CASE("nothing is written through a symlink out of the output tree") {
  const Job job;
  job.add_picture("sub/a.jpg");
  job.add_picture("b.jpg");
  const std::string outside = job.directory() + "/outside";
  write_file(outside + "/precious.jpg", "precious");
  fs::create_directory(job.out());
  fs::create_directory_symlink(outside, job.out("sub"));
  fs::create_symlink(outside + "/precious.jpg", job.out("b.jpg"));
  const ProgramResult result = job.run({"--recursive"});
  CHECK(result.exit_code == 1);
  const json report = job.report();
  REQUIRE(report.at("problems").size() == 2);
  std::map<std::string, std::string> kinds;
  for (const json& problem : report.at("problems")) {
    kinds[fs::path(problem.at("input").get<std::string>()).filename()] = problem.at("kind");
  }
  CHECK(kinds == std::map<std::string, std::string>{{"a.jpg", "write_error"}, {"b.jpg", "exists"}});
  CHECK(files_below(outside) == Names{"precious.jpg"});
  CHECK(read_file(outside + "/precious.jpg") == "precious");
  CHECK(fs::is_symlink(job.out("b.jpg")));
  CHECK(ledger_fault(job, result) == "");
}

TEST_CASE("an unreadable directory or file is reported and does not end the job") {
  if (::geteuid() == 0) skip("root reads everything");
  const Job job;
  job.add_picture("a.jpg");
  job.add_picture("closed/b.jpg");
  job.add_picture("locked.jpg");
  fs::permissions(job.in("closed"), fs::perms::none);
  fs::permissions(job.in("locked.jpg"), fs::perms::none);
  const ProgramResult result = job.run({"--recursive"});
  fs::permissions(job.in("closed"), fs::perms::owner_all);
  CHECK(result.exit_code == 1);
  CHECK(job.report().at("marked") == 1);
  CHECK(job.report().at("failed") == 1);
  CHECK(job.report().at("problems").at(0).at("kind") == "unreadable");
  CHECK(read_file(job.log_file()).find("closed") != std::string::npos);
  CHECK(ledger_fault(job, result) == "");
}

TEST_CASE("devices, pipes and directories with a picture's name do not hold up the job") {
  const Job job;
  job.add_picture("a.jpg");
  fs::create_directory(job.in("folder.jpg"));
  REQUIRE(::mkfifo(job.in("pipe.jpg").c_str(), 0600) == 0);
  const ProgramResult result = job.run({"--recursive"});
  INFO(result.err << result.out);
  CHECK(!result.timed_out);
  CHECK(result.exit_code <= 1);
  CHECK(files_below(job.out()) == Names{"a.jpg"});
  CHECK(ledger_fault(job, result) == "");
}

TEST_CASE("an output that is a directory fails that file alone") {
  const Job job;
  job.add_picture("a.jpg");
  job.add_picture("b.jpg");
  fs::create_directories(job.out("a.jpg/taken"));
  const ProgramResult result = job.run();
  CHECK(result.exit_code == 1);
  const json report = job.report();
  CHECK(report.at("marked") == 1);
  REQUIRE(report.at("problems").size() == 1);
  CHECK(report.at("problems").at(0).at("kind") == "exists");
  CHECK(temporary_files_below(job.out()).empty());
}

}  // namespace
}  // namespace wm::test
