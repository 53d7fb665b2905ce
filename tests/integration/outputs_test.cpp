// What outputs may replace, and what becomes of pictures that no mark would be seen on.

#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/journal_rows.h"
#include "tests/support/sample_pictures.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Names = std::vector<std::string>;

const std::string precious = "somebody's";

/// The kind of each input's problem, and what is said of it.
std::map<std::string, std::pair<std::string, std::string>> problems(const Job& job) {
  std::map<std::string, std::pair<std::string, std::string>> result;
  const json report = job.report();
  for (const json& problem : report.at("problems")) {
    result[fs::path(problem.at("input").get<std::string>()).filename()] = {problem.at("kind"),
                                                                           problem.at("message")};
  }
  return result;
}

void check_exists(const Job& job, const std::string& name, const std::string& words) {
  const auto problem = problems(job)[name];
  CHECK(problem.first == "exists");
  CHECK_THAT(problem.second, Catch::Matchers::Contains(words));
}

/// Another recipe than Job::command() has.
const Words other_recipe{"--opacity", "0.9"};

/// A job with these marks instead of the tests' logo, which "LOGO" stands for; "CLEAR" is a transparent one.
ProgramResult run_with_marks(const Job& job, const Words& marks, const Words& extra = {}) {
  Words words{Job::supervisor(), "--workers", "2", "--output", job.out()};
  for (const std::string& word : marks) {
    words.push_back(word == "LOGO"                  ? job.logo()
                    : word.starts_with("INVISIBLE") ? job.directory() + "/" + word
                                                    : word);
  }
  words.insert(words.end(), extra.begin(), extra.end());
  words.push_back(job.in());
  return run_program(words, job.options());
}

TEST_CASE("a file that the job did not make stays, and its input fails") {
  const Job job;
  job.add_picture("a.jpg");
  job.add_picture("b.jpg");
  write_file(job.out("a.jpg"), precious);
  const auto before = identity_of(job.out("a.jpg"));
  const ProgramResult rehearsal = job.run({"--dry-run"});
  CHECK(rehearsal.exit_code == 1);
  CHECK_THAT(rehearsal.out, Catch::Matchers::Contains("a.jpg: exists: the output a.jpg exists"));
  CHECK_THAT(rehearsal.out, Catch::Matchers::Contains("1 to mark"));

  const ProgramResult result = job.run();
  CHECK(result.exit_code == 1);
  CHECK(ledger_fault(job, result) == "");
  check_exists(job, "a.jpg", "the output a.jpg exists and is not as this job made it; move it away");
  CHECK(read_file(job.out("a.jpg")) == precious);
  CHECK(identity_of(job.out("a.jpg")) == before);
  CHECK(is_whole_picture(read_file(job.out("b.jpg"))));

  SECTION("it fails again, until the file is gone") {
    CHECK(job.run().exit_code == 1);
    fs::remove(job.out("a.jpg"));
    CHECK(job.run().exit_code == 0);
    CHECK(job.report().at("marked") == 1);
  }
  SECTION("--overwrite never leaves it and is content") {
    const ProgramResult never = job.run({"--overwrite", "never"});
    CHECK(never.exit_code == 0);
    CHECK(job.report().at("up_to_date") == 2);
    CHECK(read_file(job.out("a.jpg")) == precious);
  }
  SECTION("--overwrite all replaces it") {
    CHECK(job.run({"--overwrite", "all"}).exit_code == 0);
    CHECK(is_whole_picture(read_file(job.out("a.jpg"))));
  }
  SECTION("--backup keeps it beside the output") {
    const Words backup{"--backup", ".orig"};
    CHECK(job.run({"--dry-run", "--backup", ".orig"}).exit_code == 0);
    const ProgramResult kept = job.run(backup);
    CHECK(kept.exit_code == 0);
    CHECK(ledger_fault(job, kept) == "");
    CHECK(is_whole_picture(read_file(job.out("a.jpg"))));
    CHECK(read_file(job.out("a.jpg.orig")) == precious);
    // The job's own outputs are not kept, and an older copy is never lost.
    CHECK(job.run({"--backup", ".orig", "--opacity", "0.9"}).exit_code == 0);
    CHECK(files_below(job.out()) == Names{"a.jpg", "a.jpg.orig", "b.jpg"});
    CHECK(read_file(job.out("a.jpg.orig")) == precious);
    fs::remove(job.out("a.jpg"));
    write_file(job.out("a.jpg"), "somebody's second");
    CHECK(job.run({"--backup", ".orig", "--overwrite", "all"}).exit_code == 1);
    check_exists(job, "a.jpg", "a.jpg.orig, which --backup would make");
    CHECK(read_file(job.out("a.jpg")) == "somebody's second");
  }
}

TEST_CASE("links, directories and special files at an output's name are never replaced") {
  const Job job;
  for (const char* const name : {"link.jpg", "dangling.jpg", "directory.jpg", "pipe.jpg"})
    job.add_picture(name);
  write_file(job.directory() + "/precious.jpg", precious);
  fs::create_directories(job.out("directory.jpg"));
  fs::create_symlink(job.directory() + "/precious.jpg", job.out("link.jpg"));
  fs::create_symlink("nowhere", job.out("dangling.jpg"));
  REQUIRE(::mkfifo(job.out("pipe.jpg").c_str(), 0600) == 0);
  const Words how = GENERATE(Words{}, Words{"--overwrite", "all"}, Words{"--overwrite", "never"},
                             Words{"--backup", ".orig"});
  const ProgramResult result = job.run(how);
  CHECK(result.exit_code == 1);
  CHECK(ledger_fault(job, result) == "");
  check_exists(job, "link.jpg", "is a symbolic link, which is never replaced");
  check_exists(job, "dangling.jpg", "is a symbolic link");
  check_exists(job, "directory.jpg", "is a directory");
  check_exists(job, "pipe.jpg", "is a named pipe");
  CHECK(read_file(job.directory() + "/precious.jpg") == precious);
  CHECK(!fs::exists(job.out("nowhere")));
}

TEST_CASE("a changed recipe replaces what the job made, and nothing that others made of it") {
  const Job job;
  for (const char* const name : {"own.jpg", "edited.jpg", "replaced.jpg", "copied.jpg"})
    job.add_picture(name);
  REQUIRE(job.run().exit_code == 0);
  std::ofstream(job.out("edited.jpg"), std::ios::app) << precious;
  // Other files, of the same size and time.
  for (const char* const name : {"replaced.jpg", "copied.jpg"}) {
    const auto time = fs::last_write_time(job.out(name));
    fs::copy_file(job.out(name), job.directory() + "/copy");
    fs::last_write_time(job.directory() + "/copy", time);
    fs::rename(job.directory() + "/copy", job.out(name));
  }
  const std::string edited = read_file(job.out("edited.jpg"));
  const std::string own = read_file(job.out("own.jpg"));

  SECTION("the same recipe") {
    const ProgramResult result = job.run();
    CHECK(result.exit_code == 1);
    CHECK(job.report().at("up_to_date") == 3);  // a copy of the tree is as good
    check_exists(job, "edited.jpg", "is not as this job made it");
  }
  SECTION("another recipe") {
    const ProgramResult result = job.run(other_recipe);
    CHECK(result.exit_code == 1);
    CHECK(ledger_fault(job, result) == "");
    CHECK(job.report().at("marked") == 1);
    CHECK(job.report().at("failed") == 3);
    CHECK(read_file(job.out("own.jpg")) != own);
  }
  SECTION("another recipe, after one that failed") {
    fs::rename(job.in("own.jpg"), job.directory() + "/kept.jpg");
    write_file(job.in("own.jpg"), "no picture");
    CHECK(job.run(other_recipe).exit_code == 1);
    fs::rename(job.directory() + "/kept.jpg", job.in("own.jpg"));
    CHECK(job.run({"--opacity", "0.8"}).exit_code == 1);
    CHECK(job.report().at("marked") == 1);
  }
  CHECK(read_file(job.out("edited.jpg")) == edited);
}

TEST_CASE(
    "outputs stay the job's when their inputs come from elsewhere, and when their format changes and back") {
  const Job job;
  job.add_picture("a.jpg");
  REQUIRE(job.run().exit_code == 0);
  SECTION("another place") {
    fs::rename(job.in(), job.directory() + "/moved");
    Words words = job.command(other_recipe);
    words.push_back(job.directory() + "/moved");
    CHECK(job.run_command(words).exit_code == 0);
    CHECK(job.report().at("marked") == 1);
  }
  SECTION("another format") {
    REQUIRE(job.run({"--format", "png"}).exit_code == 0);
    CHECK(job.run(other_recipe).exit_code == 0);
    CHECK(job.run({"--format", "png", "--opacity", "0.8"}).exit_code == 0);
    CHECK(job.report().at("marked") == 1);
  }
}

TEST_CASE("a rebuilt journal knows the outputs that it takes as done, and no others") {
  const Job job;
  job.add_picture("done.jpg");
  job.add_picture("older.jpg");
  REQUIRE(job.run().exit_code == 0);
  // A changed input: nobody can know any more whose output that is.
  REQUIRE(wait_until([&] {
    job.add_picture("older.jpg", 7);
    return identity_of(job.in("older.jpg")).changed_ns > identity_of(job.out("older.jpg")).changed_ns;
  }));
  const std::string older = read_file(job.out("older.jpg"));
  fs::remove(job.job_directory() + "/job.db");
  const ProgramResult rebuilt = job.run({"--rebuild-journal"});
  CHECK(rebuilt.exit_code == 1);
  CHECK(job.report().at("up_to_date") == 1);
  check_exists(job, "older.jpg", "--overwrite all");
  const ProgramResult result = job.run(other_recipe);
  CHECK(result.exit_code == 1);
  CHECK(job.report().at("marked") == 1);
  check_exists(job, "older.jpg", "--overwrite all");
  CHECK(read_file(job.out("older.jpg")) == older);
}

TEST_CASE("a file that comes to an output's name while the picture is in progress stays") {
  const Job job;
  const std::string gated = job.add_gated(1).front();
  const Words how = GENERATE(Words{}, Words{"--opacity", "0.9"});
  if (!how.empty()) {  // of an output that the job made before
    job.open_gate();
    REQUIRE(job.run({"--worker-program", hazard_worker()}).exit_code == 0);
    fs::remove(job.directory() + "/gate-is-open");
    for (const auto& entry : fs::directory_iterator(job.directory())) {
      if (entry.path().filename().string().starts_with("begun-")) fs::remove(entry.path());
    }
  }
  Words words{"--worker-program", hazard_worker(), "--timeout", "0"};
  words.insert(words.end(), how.begin(), how.end());
  RunningProgram program = job.start(words);
  REQUIRE(wait_until([&] { return job.at_gate() == 1 || program.has_ended(); }));
  write_file(job.directory() + "/precious", precious);
  fs::rename(job.directory() + "/precious", job.out(gated));
  job.open_gate();
  const ProgramResult result = program.wait();
  CHECK(result.exit_code == 1);
  CHECK(ledger_fault(job, result) == "");
  check_exists(job, gated, "is not as this job made it");
  CHECK(read_file(job.out(gated)) == precious);
  CHECK(temporary_files_below(job.out()).empty());
}

TEST_CASE("an output that was published when everything died is the job's, and no other file is") {
  const Job job;
  job.add_picture("a.jpg");
  job.add_picture("b.jpg");
  ProgramOptions options = job.options();
  options.environment.push_back("WM_KILL_DIR=" + job.directory());
  // The outcome of the first is counted and not recorded. One worker, so the second was begun after it.
  options.environment.push_back("WM_KILL_PLAN=outcome.logged=kill");
  Words words = job.command({"--workers", "1"});
  words.push_back(job.in());
  REQUIRE(run_program(words, options).signal == SIGKILL);
  REQUIRE(wait_until([&] { return job.workers("").empty(); }));
  const Names published = files_below(job.out());
  std::map<std::string, FileIdentity> before;
  for (const std::string& name : published) before[name] = identity_of(job.out(name));
  const bool one_is_free = published.size() == 1;
  const std::string free = published.front() == "a.jpg" ? "b.jpg" : "a.jpg";

  SECTION("the same command") {
    const ProgramResult result = job.run();
    CHECK(result.exit_code == 0);
    CHECK(ledger_fault(job, result) == "");
    for (const auto& [name, identity] : before) CHECK(identity_of(job.out(name)) == identity);
  }
  SECTION("another recipe replaces them") {
    CHECK(job.run(other_recipe).exit_code == 0);
    for (const auto& [name, identity] : before) CHECK(identity_of(job.out(name)) != identity);
  }
  SECTION("a file that came there after the death is somebody's") {
    if (one_is_free) write_file(job.out(free), precious);
    fs::remove(job.out(published.front()));
    write_file(job.out(published.front()), precious);
    const ProgramResult result = job.run();
    CHECK(result.exit_code == 1);
    CHECK(ledger_fault(job, result) == "");
    CHECK(read_file(job.out(published.front())) == precious);
    check_exists(job, published.front(), "is not as this job made it");
    if (one_is_free) check_exists(job, free, "is not as this job made it");
  }
  SECTION("without the crash records, the worker compares") {
    fs::remove_all(job.job_directory() + "/crashes");
    const ProgramResult result = job.run();
    CHECK(result.exit_code == 0);
    CHECK(job.report().at("marked") == 2);
    for (const auto& [name, identity] : before) CHECK(identity_of(job.out(name)) == identity);
  }
}

TEST_CASE("a worker that dies between rename and report has published its file once") {
  const Job job;
  job.add_picture("a.jpg");
  ProgramOptions options = job.options();
  options.environment.push_back("WM_KILL_DIR=" + job.directory());
  options.environment.push_back("WM_KILL_PLAN=publish.renamed=kill");
  Words words = job.command();
  words.push_back(job.in());
  const ProgramResult result = run_program(words, options);
  CHECK(result.exit_code == 0);
  CHECK(ledger_fault(job, result) == "");
  CHECK(job.report().at("marked") == 1);
  CHECK(job.run(other_recipe).exit_code == 0);
  CHECK(job.report().at("marked") == 1);
}

/// Marks of which nothing is seen on a small JPEG without EXIF, and what is said of them.
struct Unseen {
  Words marks;
  std::string words;
};

TEST_CASE("a picture that no mark would be seen on is never called marked") {
  const Job job;
  job.add_picture("a.jpg");
  write_file(job.in("b.png"), sample_picture(64, 48, ".png"));
  const Unseen unseen = GENERATE(
      Unseen{{"--text", "{exif:Artist}"}, "mark 1 (text \"{exif:Artist}\"): its text is empty or blank"},
      Unseen{{"--text", "{exif:Artist| }"}, "its text is empty or blank"},
      Unseen{{"--logo", "LOGO", "--scale", "300%", "--if-too-big", "skip"},
             "it does not fit (192x128 pixels in 64x48) and --if-too-big skip leaves it out"},
      Unseen{{"--logo", "LOGO", "--offset", "-1000,0"}, "it lies outside of the picture"},
      Unseen{{"--text", "{exif:Artist}", "--logo", "LOGO", "--offset", "500,500"},
             "is empty or blank; mark 2 (logo "});
  CAPTURE(unseen.marks);

  const ProgramResult failed = run_with_marks(job, unseen.marks);
  CHECK(failed.exit_code == 1);
  CHECK(ledger_fault(job, failed) == "");
  CHECK(job.report().at("failed") == 2);
  CHECK(problems(job)["a.jpg"].first == "unmarked");
  CHECK_THAT(problems(job)["a.jpg"].second, Catch::Matchers::Contains(unseen.words));
  CHECK_THAT(problems(job)["b.png"].second, Catch::Matchers::Contains(unseen.words));
  CHECK(files_below(job.out()).empty());

  const ProgramResult left_out = run_with_marks(job, unseen.marks, {"--if-unmarked", "skip"});
  CHECK(left_out.exit_code == 0);
  CHECK(ledger_fault(job, left_out) == "");
  CHECK(job.report().at("unmarked") == 2);
  CHECK(job.report().at("marked") == 0);
  CHECK(files_below(job.out()).empty());
  CHECK(run_with_marks(job, unseen.marks, {"--if-unmarked", "skip"}).exit_code == 0);
  CHECK(job.report().at("up_to_date") == 2);
  for (const LogLine& line : job.final_lines()) {
    CAPTURE(line.message);
    CHECK(line.message.find(" -> ") == std::string::npos);  // there is none
  }

  const ProgramResult copied = run_with_marks(job, unseen.marks, {"--if-unmarked", "copy"});
  CHECK(copied.exit_code == 0);
  CHECK(ledger_fault(job, copied) == "");
  CHECK(job.report().at("unmarked") == 2);
  for (const char* const name : {"a.jpg", "b.png"})
    CHECK(read_file(job.out(name)) == read_file(job.in(name)));
  CHECK(journal_number(job.job_directory(), "SELECT count(*) FROM file WHERE state = 'unmarked'") == 2);
  const auto before = identity_of(job.out("a.jpg"));
  CHECK(run_with_marks(job, unseen.marks, {"--if-unmarked", "copy"}).exit_code == 0);
  CHECK(job.report().at("up_to_date") == 2);
  CHECK(identity_of(job.out("a.jpg")) == before);
  fs::remove(job.out("a.jpg"));
  CHECK(run_with_marks(job, unseen.marks, {"--if-unmarked", "copy"}).exit_code == 0);
  CHECK(job.report().at("unmarked") == 1);

  const auto lines = job.final_lines();
  CHECK(std::any_of(lines.begin(), lines.end(), [&](const LogLine& line) {
    return line.level == "INFO" && line.message.starts_with("unmarked ") &&
           line.message.find(" -> " + job.out()) != std::string::npos &&
           line.message.find("published without a mark") != std::string::npos &&
           line.message.find(unseen.words) != std::string::npos;
  }));
}

TEST_CASE("a copy without marks is encoded when the options ask for that") {
  const Job job;
  job.add_picture("a.jpg");
  const Words marks{"--text", "{exif:Artist}"};
  SECTION("another format") {
    const ProgramResult result = run_with_marks(job, marks, {"--if-unmarked", "copy", "--format", "png"});
    CHECK(result.exit_code == 0);
    CHECK(job.report().at("unmarked") == 1);
    CHECK(decoded(read_file(job.out("a.png"))).samples == decoded(read_file(job.in("a.jpg"))).samples);
  }
  SECTION("a text in the metadata") {
    const ProgramResult result =
        run_with_marks(job, marks, {"--if-unmarked", "copy", "--copyright", "Northlight"});
    CHECK(result.exit_code == 0);
    CHECK(job.report().at("unmarked") == 1);
    CHECK_THAT(read_file(job.out("a.jpg")), Catch::Matchers::Contains("Northlight"));
    CHECK(decoded(read_file(job.out("a.jpg"))).samples == decoded(read_file(job.in("a.jpg"))).samples);
  }
}

TEST_CASE("one mark is enough, and the others are named") {
  const Job job;
  job.add_picture("a.jpg");
  const ProgramResult result = run_with_marks(job, {"--text", "{exif:Artist}", "--logo", job.logo()});
  CHECK(result.exit_code == 0);
  CHECK(job.report().at("marked") == 1);
  const auto lines = job.log();
  CHECK(std::any_of(lines.begin(), lines.end(), [](const LogLine& line) {
    return line.level == "WARNING" && line.message.find("not put on ") != std::string::npos &&
           line.message.find("mark 1 (text \"{exif:Artist}\"): its text is empty or blank") !=
               std::string::npos;
  }));
  CHECK(journal_rows(job.job_directory(), "SELECT notes FROM file").at(0).at(0).starts_with("mark 1 "));
}

TEST_CASE("a mark that changes nothing is put on, and a warning says so") {
  const Job job;
  const Pixels white{64, 48, 3, std::vector<std::uint8_t>(std::size_t{64} * 48 * 3, 255)};
  for (const char* const ending : {".png", ".jpg"}) {
    write_file(job.in(std::string("white") + ending), encoded(white, ending));
  }
  const ProgramResult result = run_with_marks(job, {"--text", "x", "--fill", "white"});
  CHECK(result.exit_code == 0);
  CHECK(job.report().at("marked") == 2);
  CHECK(result.out.find("2 pictures: not put on it: mark 1 (text \"x\"): it cannot be seen, since it changes "
                        "no pixel") != std::string::npos);
  const auto lines = job.log();
  CHECK(std::ranges::count_if(lines, [](const LogLine& line) {
          return line.level == "WARNING" && line.message.ends_with("it changes no pixel");
        }) == 2);
  for (const auto& row : journal_rows(job.job_directory(), "SELECT notes FROM file"))
    CHECK(row.at(0).ends_with("it changes no pixel"));
  CHECK(read_file(job.out("white.jpg")) == read_file(job.in("white.jpg")));
}

TEST_CASE("marks that no picture can show stop a job before it touches anything") {
  const Job job;
  job.add_picture("a.jpg");
  write_file(job.directory() + "/INVISIBLE.png",
             encoded(Pixels{8, 8, 4, std::vector<std::uint8_t>(256)}, ".png"));
  write_file(job.directory() + "/INVISIBLE.svg",
             "<svg xmlns='http://www.w3.org/2000/svg' width='20' height='10'>"
             "<rect width='20' height='10' fill='red' visibility='hidden'/></svg>");
  write_file(job.directory() + "/INVISIBLE_at_half",
             encoded(Pixels{8, 8, 4, std::vector<std::uint8_t>(256, 1)}, ".png"));
  struct Row {
    Words marks;
    std::string words;
  };
  const Row row =
      GENERATE(Row{{"--logo", "INVISIBLE.png"}, ".png can be seen: all of it is transparent"},
               Row{{"--logo", "LOGO", "--logo", "INVISIBLE.png"}, "nothing of the logo "},
               Row{{"--logo", "INVISIBLE.png", "--if-unmarked", "copy"}, "nothing of the logo "},
               Row{{"--logo", "INVISIBLE.svg"}, ".svg can be seen: all of it is transparent"},
               Row{{"--logo", "INVISIBLE_at_half", "--opacity", "0.4"}, "cannot be seen at opacity 0.4"},
               Row{{"--logo", "LOGO", "--key", "#c8285a,50%"}, "--key makes all of it transparent"},
               Row{{"--logo", "LOGO", "--opacity", "0"}, "cannot be seen at opacity 0"},
               Row{{"--text", "x", "--fill", "#ffffff00"}, "nothing of it can be seen"});
  CAPTURE(row.marks);
  const ProgramResult result = run_with_marks(job, row.marks);
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, Catch::Matchers::Contains(row.words));
  CHECK(!fs::exists(job.out()));
}

TEST_CASE("a preview does not show a picture that no mark is seen on") {
  const Job job;
  job.add_picture("a.jpg");
  const ProgramResult result = job.run_command({Job::supervisor(), "preview", job.in("a.jpg"), "-o",
                                                job.directory() + "/p.png", "--text", "{exif:Artist}"});
  CHECK(result.exit_code == 1);
  CHECK_THAT(result.err, Catch::Matchers::Contains("no mark would be seen on it"));
}

}  // namespace
}  // namespace wm::test
