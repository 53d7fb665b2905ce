// Mistakes: one line that says what to do, exit code 2, and nothing touched.

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <map>
#include <regex>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/journal_rows.h"
#include "tests/support/sample_pictures.h"
#include "tests/support/skip.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

/// Runs `words`, which must be refused with one line that contains `clue`.
void check_refused(const Job& job, const Words& words, const std::string& clue) {
  const auto before = identities_below(job.directory());
  const ProgramResult result = job.run_command(words);
  INFO("stderr: " << result.err << "stdout: " << result.out);
  CHECK(result.exit_code == 2);
  CHECK(is_one_line(result.err));
  CHECK(result.err.starts_with("wm-supervisor: "));
  CHECK(result.err.find(clue) != std::string::npos);
  CHECK(result.out.empty());
  CHECK(identities_below(job.directory()) == before);
}

TEST_CASE("values that cannot be are refused, and nothing is touched") {
  const Job job;
  job.add_pictures(3);
  const auto [option, value, clue] = GENERATE(table<std::string, std::string, std::string>({
      {"--workers", "0", "--workers"},
      {"--workers", "many", "--workers"},
      {"--opacity", "1.5", "--opacity"},
      {"--gravity", "middle", "--gravity"},
      {"--offset", "a,b", "--offset"},
      {"--scale", "-3%", "--scale"},
      {"--quality", "101", "--quality"},
      {"--format", "bmp", "--format"},
      {"--timeout", "soon", "--timeout"},
      {"--halt", "later", "--halt"},
      {"--log-rotate", "big", "--log-rotate"},
      {"--overwrite", "maybe", "--overwrite"},
      {"--config", "/nonexistent.toml", "/nonexistent.toml"},
      {"--worker-program", "/nonexistent", "/nonexistent"},
  }));
  check_refused(job, job.command_with_inputs({option, value}), clue);
}

TEST_CASE("an unknown option names the nearest known one") {
  const Job job;
  job.add_pictures(1);
  check_refused(job, job.command_with_inputs({"--wrokers", "3"}), "--workers");
  check_refused(job, job.command_with_inputs({"--opactiy", "0.3"}), "--opacity");
}

TEST_CASE("an unknown key of the configuration file is named with its place") {
  const Job job;
  job.add_pictures(1);
  write_file(job.directory() + "/wm-supervisor.toml", "workers = 2\nouput = \"x\"\n");
  check_refused(job, job.command(), "ouput");
}

TEST_CASE("missing input, mark or output are said") {
  const Job job;
  job.add_pictures(1);
  check_refused(job, job.command(), "INPUT");
  check_refused(job, {Job::supervisor(), "--output", job.out(), job.in()}, "--logo");
  check_refused(job, {Job::supervisor(), "--logo", job.logo(), job.in()}, "--output");
  check_refused(
      job, {Job::supervisor(), "--output", job.out(), "--opacity", "0.5", "--logo", job.logo(), job.in()},
      "--opacity");
}

TEST_CASE("an input that is not there fails, or nothing is done when it is the only one") {
  const Job job;
  Words words = job.command();
  words.push_back(job.directory() + "/nowhere");
  const ProgramResult result = job.run_command(words);
  INFO(result.err);
  CHECK((result.exit_code == 1 || result.exit_code == 2));
  CHECK((result.err + result.out).find(result.exit_code == 2 ? "nowhere" : "1 failed") != std::string::npos);
}

TEST_CASE("a logo that is missing, a directory or no picture is refused before anything is made") {
  const Job job;
  job.add_pictures(3);
  const std::string logo = job.directory() + "/other-logo";
  SECTION("missing") {}
  SECTION("a directory") {
    fs::create_directory(logo);
  }
  SECTION("empty") {
    write_file(logo, "");
  }
  SECTION("no picture") {
    write_file(logo, "just words, and some more of them");
  }
  SECTION("not readable") {
    if (::geteuid() == 0) skip("root reads everything");
    write_file(logo, sample_picture(80, 60, ".png"));
    fs::permissions(logo, fs::perms::none);
  }
  check_refused(job, {Job::supervisor(), "--workers", "2", "--output", job.out(), "--logo", logo, job.in()},
                "other-logo");
}

TEST_CASE("a logo that is cut is refused before anything is made") {
  const Job job;
  job.add_pictures(3);
  const std::string picture = sample_picture(80, 60, GENERATE(".png", ".jpg"));
  const std::string logo = job.directory() + "/other-logo";
  write_file(logo, picture.substr(0, picture.size() / 2));
  check_refused(job, {Job::supervisor(), "--workers", "2", "--output", job.out(), "--logo", logo, job.in()},
                "other-logo");
}

/// The same, but directories count as unchanged if they have the same names in them.
std::map<std::string, FileIdentity> all_files(const Job& job) {
  auto found = identities_below(job.directory());
  for (auto& [path, identity] : found) {
    if (fs::is_directory(path)) identity = {};
  }
  return found;
}

/// Another text for a job that was run before with the tests' logo.
Words with_text(const Job& job, const std::string& option, const std::string& text, const Words& extra = {}) {
  Words words = job.command({option, text});
  words.insert(words.end(), extra.begin(), extra.end());
  words.push_back(job.in());
  return words;
}

TEST_CASE("a text that only a worker refuses leaves a finished job as it was") {
  const Job job;
  job.add_pictures(3);
  REQUIRE(job.run().exit_code == 0);
  const auto [option, text, clue] = GENERATE(table<std::string, std::string, std::string>({
      {"--text", "{exif:Artst}", "Artst"},
      {"--text", "\U0010FFFD", "U+10FFFD"},
      {"--copyright", "{exif:Artst}", "Artst"},
  }));
  const Words extra = GENERATE(Words{}, Words{"--dry-run"}, Words{"--wait-lock", "10m"},
                               Words{"--durability", "none", "--rebuild-journal"});
  const auto before = all_files(job);
  const ProgramResult refused = job.run_command(with_text(job, option, text, extra));
  CAPTURE(option, text, extra, refused.err, refused.out);
  CHECK(refused.exit_code == 2);
  CHECK(is_one_line(refused.err));
  CHECK(refused.err.find(clue) != std::string::npos);
  CHECK(refused.out.empty());
  CHECK(all_files(job) == before);
  CHECK(job.run().exit_code == 0);
  CHECK(job.report()["up_to_date"] == 3);
}

TEST_CASE("a refused text makes no directory that an existing job lacks") {
  const Job job;
  job.add_pictures(1);
  REQUIRE(job.run().exit_code == 0);
  const auto before = all_files(job);
  const std::string other = job.directory() + "/other";
  const ProgramResult refused =
      job.run_command(with_text(job, "--text", "{exif:Artst}",
                                {"--job-dir", job.job_directory(), "--output", other + "/out", "--log-file",
                                 other + "/log/l", "--scratch", other + "/scratch"}));
  CAPTURE(refused.err);
  CHECK(refused.exit_code == 2);
  CHECK(all_files(job) == before);
}

TEST_CASE("a worker that cannot start leaves a finished job as it was") {
  const Job job;
  job.add_pictures(2);
  const std::string metrics = job.directory() + "/job.prom";
  REQUIRE(job.run({"--metrics-file", metrics}).exit_code == 0);
  const std::string succeeded = read_file(metrics);
  const std::string worker = job.directory() + "/worker";
  write_file(worker, "#!/bin/sh\necho 'libvips.so.42: not found' >&2\nexit 1\n");
  fs::permissions(worker, fs::perms::owner_all);
  fs::remove(metrics);
  // Why it cannot start may be worth a crash report.
  const auto all_but_crashes = [&] {
    auto found = all_files(job);
    std::erase_if(found, [](const auto& file) { return file.first.find("/crashes/") != std::string::npos; });
    return found;
  };
  const auto before = all_but_crashes();
  const Words broken = GENERATE(Words{}, Words{"--dry-run"});
  Words words{"--worker-program", worker};
  words.insert(words.end(), broken.begin(), broken.end());
  const ProgramResult failed = job.run(words);
  CAPTURE(broken, failed.err);
  CHECK(failed.exit_code == 3);
  CHECK(failed.err.find("cannot start") != std::string::npos);
  CHECK(all_but_crashes() == before);
  // The alerts learn of it, and still know when the job last succeeded.
  CHECK(job.run({"--worker-program", worker, "--metrics-file", metrics}).exit_code == 3);
  const auto line = [](const std::string& text, const std::string& name) {
    const std::size_t at = text.find("\n" + name + "{");
    return at == std::string::npos ? "" : text.substr(at + 1, text.find('\n', at + 1) - at - 1);
  };
  const std::string success = line(succeeded, "wm_supervisor_last_success_timestamp_seconds");
  CHECK_FALSE(success.empty());
  CHECK(line(read_file(metrics), "wm_supervisor_last_success_timestamp_seconds") == success);
  CHECK(job.run().exit_code == 0);
  CHECK(job.report()["up_to_date"] == 2);
}

// May fail until errors of making the directories are errors of use.
TEST_CASE("an output on a file system that takes no directories is refused") {
  const Job job;
  job.add_pictures(3);
  check_refused(job, job.command_with_inputs({"--output", "/proc/out"}), "/proc");
}

TEST_CASE("an output that cannot be written is refused") {
  const Job job;
  job.add_pictures(3);
  SECTION("below a file") {
    write_file(job.directory() + "/file", "");
    check_refused(job, job.command_with_inputs({"--output", job.directory() + "/file/out"}), "file");
  }
  SECTION("a file") {
    write_file(job.directory() + "/file", "");
    check_refused(job, job.command_with_inputs({"--output", job.directory() + "/file"}), "file");
  }
  SECTION("without permission") {
    if (::geteuid() == 0) skip("root may write everywhere");
    fs::create_directory(job.directory() + "/locked");
    fs::permissions(job.directory() + "/locked", fs::perms::owner_read | fs::perms::owner_exec);
    check_refused(job, job.command_with_inputs({"--output", job.directory() + "/locked/out"}), "locked");
  }
  SECTION("the log below a file") {
    write_file(job.directory() + "/file", "");
    check_refused(job, job.command_with_inputs({"--log-file", job.directory() + "/file/log"}), "--log-file");
  }
  SECTION("the log is a directory") {
    check_refused(job, job.command_with_inputs({"--log-file", job.directory()}), "--log-file");
  }
}

TEST_CASE("two supervisors on one job: the second names the first and touches nothing") {
  const Job job;
  (void)job.add_gated(4);
  RunningProgram first = job.start({"--worker-program", hazard_worker()});
  REQUIRE(wait_until([&] { return job.at_gate() == 2; }));
  const ProgramResult second = job.run();
  INFO(second.err);
  CHECK(job.at_gate() == 2);
  CHECK(files_below(job.out()).empty());
  CHECK_FALSE(first.has_ended());
  job.open_gate();
  CHECK(second.exit_code == 75);
  CHECK(is_one_line(second.err));
  CHECK(second.err.find("pid " + std::to_string(first.pid())) != std::string::npos);
  const ProgramResult result = first.wait();
  CHECK(result.exit_code == 0);
  CHECK(ledger_fault(job, result) == "");
}

TEST_CASE("two jobs with one output directory notice each other, and neither replaces the other's files") {
  const Job job;
  (void)job.add_gated(4);
  const std::string other_directory = job.directory() + "/other job";
  const auto log_of = [](const std::string& directory) {
    return read_file(directory + "/wm-supervisor.log");
  };
  const auto names = [](const std::string& log, const RunningProgram& program, const std::string& directory) {
    return log.find("another wm-supervisor (pid " + std::to_string(program.pid()) + ", job directory " +
                    directory + ") writes into") != std::string::npos;
  };
  RunningProgram first = job.start({"--worker-program", hazard_worker()});
  REQUIRE(wait_until([&] { return job.at_gate() == 2; }));
  RunningProgram second = job.start({"--worker-program", hazard_worker(), "--job-dir", other_directory});
  CHECK(wait_until([&] { return names(log_of(other_directory), first, job.job_directory()); }));
  CHECK(wait_until([&] { return names(log_of(job.job_directory()), second, other_directory); }));
  job.open_gate();
  const ProgramResult one = first.wait();
  const ProgramResult other = second.wait();
  CHECK(one.signal + other.signal == 0);
  CHECK(other.err.find("another wm-supervisor (pid ") != std::string::npos);
  CHECK(files_below(job.out()).size() == 4);
  CHECK(journal_number(job.job_directory(), "SELECT count(*) FROM file WHERE state = 'marked'") +
            journal_number(other_directory, "SELECT count(*) FROM file WHERE state = 'marked'") ==
        4);
  CHECK(journal_number(other_directory, "SELECT count(*) FROM file WHERE kind <> 'exists'") == 0);
}

TEST_CASE("a damaged journal is refused and left as it is") {
  const Job job;
  job.add_pictures(30);
  REQUIRE(job.run().exit_code == 0);
  const std::string journal = job.job_directory() + "/job.db";
  const std::string bytes = read_file(journal);
  REQUIRE(bytes.size() > 8192);
  std::string damaged;
  SECTION("rubbish") {
    damaged = "rubbish, and a good deal of it: " + std::string(5000, '#');
  }
  SECTION("cut") {
    damaged = bytes.substr(0, bytes.size() / 2);
  }
  SECTION("cut in its first page") {
    damaged = bytes.substr(0, 1000);
  }
  SECTION("a page overwritten") {
    damaged = std::string(bytes).replace(4096, 4096, std::string(4096, '\x55'));
  }
  SECTION("a database of another program") {
    damaged = std::string(bytes).replace(68, 4, "OTHR");
  }
  write_file(journal, damaged);
  for (const Words& extra : {Words{}, Words{"--dry-run"}}) {
    const ProgramResult result = job.run(extra);
    INFO(extra.size() << ": " << result.err << result.out);
    CHECK(result.exit_code == 2);
    CHECK(is_one_line(result.err));
    CHECK(result.err.find("job.db") != std::string::npos);
    CHECK(result.err.find("move it away") != std::string::npos);
    CHECK(read_file(journal) == damaged);
  }
}

TEST_CASE("the input directory as output is never allowed to destroy the pictures") {
  const Job job;
  const auto names = job.add_pictures(3);
  const std::string original = read_file(job.in(names.front()));
  const ProgramResult result = job.run({"--output", job.in()});
  INFO(result.err << result.out);
  CHECK(result.exit_code == 2);
  CHECK(is_one_line(result.err));
  for (const std::string& name : names) CHECK(read_file(job.in(name)) == original);
  CHECK(!fs::exists(job.in(".wm-supervisor")));
}

TEST_CASE("a hard link of an input in its place in the output is neither replaced nor written through") {
  const Job job;
  const auto names = job.add_pictures(2);
  fs::create_directory(job.out());
  fs::create_hard_link(job.in(names.front()), job.out(names.front()));
  const std::string original = read_file(job.in(names.front()));
  CHECK(job.run().exit_code == 1);
  CHECK(job.report()["problems"][0]["kind"] == "exists");
  CHECK(read_file(job.in(names.front())) == original);
  CHECK(fs::equivalent(job.in(names.front()), job.out(names.front())));
  CHECK(job.run({"--overwrite", "all"}).exit_code == 0);
  CHECK(read_file(job.in(names.front())) == original);
  CHECK(read_file(job.out(names.front())) != original);
}

TEST_CASE("--help and --version answer on stdout with exit code 0") {
  const Job job;
  const ProgramResult help = job.run_command({Job::supervisor(), "--help"});
  CHECK(help.exit_code == 0);
  CHECK(help.out.find("--workers") != std::string::npos);
  CHECK(help.err.empty());
  const ProgramResult version = job.run_command({Job::supervisor(), "--version"});
  CAPTURE(version.out, version.err);
  CHECK(version.exit_code == 0);
  const std::regex form(R"(wm-supervisor \d+\.\d+\.\d+( \(commit [0-9a-f]+(-dirty)?\))?\n)"
                        R"(wm-worker \d+\.\d+\.\d+: libvips \d\S*, libjpeg-turbo \d.*\n)");
  CHECK(std::regex_match(version.out, form));
  CHECK(version.err.empty());
  CHECK(job.run_command({Job::supervisor(), "-V"}).out == version.out);
  const ProgramResult without_worker =
      job.run_command({Job::supervisor(), "-V", "--worker-program", "/nowhere"});
  CHECK(without_worker.exit_code == 0);
  CHECK(without_worker.out.starts_with("wm-supervisor "));
  CHECK(without_worker.out.find("/nowhere") != std::string::npos);
  const std::string other = job.directory() + "/other-worker";
  write_file(other, "#!/bin/sh\necho '{\"version\": 3, \"libraries\": [1]}'\n");
  fs::permissions(other, fs::perms::owner_all);
  const ProgramResult of_other = job.run_command({Job::supervisor(), "-V", "--worker-program", other});
  CHECK(of_other.exit_code == 0);
  CHECK(of_other.out.find("\nwm-worker ?: ") != std::string::npos);
}

}  // namespace
}  // namespace wm::test
