// What a disk does not give is neither missing nor empty: nothing is forgotten, taken over, removed or called
// finished because one system call has failed. Partly on file systems of this test's own, in a namespace of
// its own.

#include <csignal>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/kill_point/kill_point.h"
#include "tests/support/catch.h"
#include "tests/support/crash_records.h"
#include "tests/support/crash_reports.h"
#include "tests/support/disk_error.h"
#include "tests/support/files.h"
#include "tests/support/journal_rows.h"
#include "tests/support/merged_job.h"
#include "tests/support/own_mounts.h"
#include "tests/support/skip.h"
#include "tests/support/small_disk.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

constexpr unsigned few_pictures = 4;

/// A job that has marked its pictures.
struct FinishedJob : Job {
  explicit FinishedJob(Words more = {}) : options(std::move(more)) {
    names = add_pictures(few_pictures);
    REQUIRE(run(options).exit_code == 0);
  }

  [[nodiscard]] Words command_with_inputs(const Words& more = {}) const {
    Words words = command(options);
    words.insert(words.end(), more.begin(), more.end());
    words.push_back(in());
    return words;
  }
  [[nodiscard]] Words subcommand(const std::string& name) const {
    return {command().front(), name, job_directory()};
  }
  /// The next run knows all outputs for its own.
  void check_nothing_is_forgotten() const {
    const ProgramResult result = run(options);
    CAPTURE(result.err);
    CHECK(result.exit_code == 0);
    CHECK(report().at("up_to_date") == few_pictures);
  }

  Words options;
  std::vector<std::string> names;
};

TEST_CASE("a journal that cannot be looked at is not missing, not empty and not another program's") {
  const FinishedJob job;
  const std::string file = GENERATE(as<std::string>{}, "job.db", "job.db-wal");
  const std::string injection =
      GENERATE(as<std::string>{}, "newfstatat:error=EIO", "newfstatat:error=ESTALE:when=2+");
  CAPTURE(file, injection);
  const ProgramResult report = run_with_error(job, job.subcommand("report"), file, injection);
  CAPTURE(report.out, report.err);
  CHECK(report.exit_code == 2);
  CHECK(report.err.find("cannot look at " + job.job_directory() + "/" + file + ": ") != std::string::npos);
  CHECK(report.err.find("--rebuild-journal") == std::string::npos);
  CHECK(report.out.empty());
  job.check_nothing_is_forgotten();
}

TEST_CASE("one error about its journal ends a run before it begins, or costs it nothing") {
  const bool with_scratch = GENERATE(false, true);
  const Job place;
  const FinishedJob job(with_scratch ? Words{"--scratch", place.directory()} : Words{});
  const std::string file = GENERATE(as<std::string>{}, "job.db", "job.db-wal");
  const unsigned when = GENERATE(1U, 2U, 3U, 4U, 5U);
  CAPTURE(with_scratch, file, when);
  const ProgramResult result = run_with_error(job, job.command_with_inputs(), file,
                                              "newfstatat:error=EIO:when=" + std::to_string(when));
  CAPTURE(result.out, result.err);
  CHECK((result.exit_code == 0 || result.exit_code == 2));
  if (result.exit_code == 2) CHECK(result.err.find("Input/output error") != std::string::npos);
  if (result.exit_code == 0) CHECK(job.report().at("up_to_date") == few_pictures);
  job.check_nothing_is_forgotten();
}

TEST_CASE("shards whose journals cannot be looked at are unreadable") {
  const MergedJob job;
  job.run_shards();
  const std::string file = GENERATE(as<std::string>{}, "job.db", "job.db-wal");
  CAPTURE(file);
  const ProgramResult result = run_with_error(job, merge_command(job), file, "newfstatat:error=EIO");
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 75);
  CHECK(has(result.out, "\n      2  unreadable   "));
  CHECK_FALSE(has(result.out, "--rebuild-journal"));
  CHECK_FALSE(has(result.out, "--array="));
}

TEST_CASE("a job that cannot be looked at is there all the same") {
  const FinishedJob job;
  const ProgramResult status =
      run_with_error(job, job.subcommand("status"), job.job_directory() + "/job.db", "newfstatat:error=EIO");
  CAPTURE(status.out, status.err);
  CHECK(status.exit_code == 2);
  CHECK(status.err.find("cannot look at " + job.job_directory() + "/job.db: Input/output error") !=
        std::string::npos);
  CHECK(status.err.find("there is no job") == std::string::npos);

  const MergedJob sharded;
  sharded.run_shards();
  const bool at_description = GENERATE(true, false);
  const std::string file = at_description ? sharded.job_directory() + "/job.json" : ".wm-supervisor";
  const std::string call = at_description ? "newfstatat" : "openat";
  CAPTURE(file);
  const ProgramResult merged =
      run_with_error(sharded, merge_command(sharded), file, call + ":error=EIO:when=1");
  CAPTURE(merged.out, merged.err);
  CHECK(merged.exit_code == 75);
  CHECK(merged.err.find("Input/output error") != std::string::npos);
}

TEST_CASE("an output that cannot be looked at fails its input, and stays the job's own") {
  const Job job;
  for (const char* const name : {"a.jpg", "b.jpg"}) job.add_picture(name);
  fs::create_directory(job.in("below"));
  for (const char* const name : {"a.jpg", "b.jpg"}) fs::rename(job.in(name), job.in("below") + "/" + name);
  Words command = job.command({"--recursive"});
  command.push_back(job.in());
  REQUIRE(job.run_command(command).exit_code == 0);
  const std::string output = "below/a.jpg";
  const ProgramResult result = run_with_error(job, command, output, "newfstatat:error=EIO");
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 1);
  const auto problem = job.report().at("problems").at(0);
  CHECK(problem.at("kind") == "write_error");
  CHECK(problem.at("message") == "cannot look at the output below/a.jpg: Input/output error");
  CHECK(job.report().at("up_to_date") == 1);
  const ProgramResult again = job.run_command(command);
  CAPTURE(again.err);
  CHECK(again.exit_code == 0);
}

TEST_CASE("a directory behind a link that cannot be reached is unreadable, not ignored") {
  const Job job;
  job.add_picture("a.jpg");
  const std::string target = job.directory() + "/more";
  fs::create_directory(target);
  fs::create_directory_symlink(target, job.in("linked"));
  Words command = job.command({"--recursive", "--links", "follow"});
  command.push_back(job.in());
  const ProgramResult whole = job.run_command(command);
  CHECK(whole.exit_code == 0);
  const bool at_link = GENERATE(true, false);
  const std::string path = at_link ? "more" : target;
  CAPTURE(path);
  const ProgramResult result = run_with_error(job, command, path, "openat:error=EIO");
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 1);
  CHECK(job.report().at("unreadable_directories") == 1);
  CHECK(read_file(job.log_file()).find("linked: Input/output error") != std::string::npos);
}

TEST_CASE("outputs among the inputs are not marked when the output directory cannot be looked at") {
  const Job job;
  job.add_picture("a.jpg");
  const std::string output = job.in("out");
  Words command = job.command({"--recursive", "--output", output, "--job-dir", job.job_directory()});
  command.push_back(job.in());
  REQUIRE(job.run_command(command).exit_code == 0);
  const unsigned when = GENERATE(range(1U, 13U));
  CAPTURE(when);
  const ProgramResult result =
      run_with_error(job, command, output, "newfstatat:error=ESTALE:when=" + std::to_string(when));
  CAPTURE(result.out, result.err);
  CHECK(files_below(output) == std::vector<std::string>{"a.jpg"});
  CHECK(job.run_command(command).exit_code == 0);
  CHECK(job.report().at("up_to_date") == 1);
}

/// A job whose pictures are in a directory below the inputs.
struct SyncedJob : Job {
  explicit SyncedJob(std::string durability) : words{"--recursive", "--durability", std::move(durability)} {
    const auto names = add_pictures(few_pictures);
    fs::create_directory(in("below"));
    for (const std::string& name : names) fs::rename(in(name), in("below/" + name));
  }

  [[nodiscard]] Words command_with_inputs() const {
    Words all = command(words);
    all.push_back(in());
    return all;
  }
  [[nodiscard]] std::map<std::string, FileIdentity> outputs() const {
    std::map<std::string, FileIdentity> found;
    for (const std::string& name : files_below(out())) found[name] = identity_of(out(name));
    return found;
  }
  /// One after a run in which outputs could not be synced. The kernel reports that once, so this one can.
  void check_all_is_made_again() const {
    const auto before = outputs();
    CHECK_FALSE(before.empty());
    CHECK(journal_number(job_directory(), "SELECT count(*) FROM file WHERE state = 'marked'") == 0);
    const ProgramResult result = run(words);
    CAPTURE(result.err);
    CHECK(result.exit_code == 0);
    CHECK(report().at("marked") == few_pictures);
    const auto after = outputs();
    CHECK(after.size() == few_pictures);
    for (const auto& [name, identity] : before) CHECK(after.at(name) != identity);
  }

  Words words;
};

void check_unsynced(const ProgramResult& result) {
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 3);
  CHECK(has(result.err, "outputs did not reach the disk: Input/output error"));
}

TEST_CASE("outputs that did not reach the disk are made again, although the next sync succeeds") {
  const SyncedJob job(GENERATE("batch", "full"));
  const ProgramResult result = run_with_error(job, job.command_with_inputs(), job.out(), "syncfs:error=EIO");
  check_unsynced(result);
  CHECK(has(result.err, "; see to the disk of the outputs and run the same command again"));
  CHECK(ledger_fault(job, result) == "");
  CHECK(job.report().at("marked") == 0);
  CHECK(job.report().at("pending") == few_pictures);
  CHECK(has(read_file(job.log_file()), " may not have reached the disk; the next run makes "));
  job.check_all_is_made_again();
}

TEST_CASE("outputs on a file system below the output directory are synced") {
  if (!no_mounts.empty()) skip(no_mounts);
  const SyncedJob job(GENERATE("batch", "full"));
  const SmallDisk below(job.out("below"), "size=64m");
  check_unsynced(run_with_error(job, job.command_with_inputs(), job.out("below"), "syncfs:error=EIO"));
  job.check_all_is_made_again();
}

TEST_CASE("outputs of a killed run are not called marked when they do not reach the disk") {
  if (!with_kill_points) skip("this build has no kill points");
  if (!no_mounts.empty()) skip(no_mounts);
  const SyncedJob job(GENERATE("batch", "full"));
  const SmallDisk below(job.out("below"), "size=64m");
  ProgramOptions options = job.options();
  options.environment.push_back("WM_KILL_DIR=" + job.directory());
  options.environment.emplace_back("WM_KILL_PLAN=outputs.syncing=kill");
  REQUIRE(run_program(job.command_with_inputs(), options).signal == SIGKILL);
  check_unsynced(run_with_error(job, job.command_with_inputs(), job.out("below"), "syncfs:error=EIO"));
  job.check_all_is_made_again();
}

TEST_CASE("a crash record that cannot be opened stays for the next run") {
  const FinishedJob job;
  const std::string record = "W01-1-0000000000000001.cell";
  write_crash_record(crashes_of(job) + "/cells/" + record,
                     {.pid = 999999, .input = job.in(job.names.front())});
  const bool at_start = GENERATE(true, false);
  CAPTURE(at_start);
  const Words command = at_start ? job.command_with_inputs()
                                 : Words{Job::supervisor(), "crashes", "recover", job.job_directory()};
  const ProgramResult result = run_with_error(job, command, record, "openat:error=EMFILE:when=1");
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == (at_start ? 2 : 1));
  CHECK(result.err.find(at_start ? "Too many open files" : "cannot be read") != std::string::npos);
  CHECK(fs::exists(crashes_of(job) + "/cells/" + record));
  CHECK(job.run().exit_code == 0);
  CHECK(crash_index(job).size() == 1);
}

}  // namespace
}  // namespace wm::test
