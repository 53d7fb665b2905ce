// `wm-supervisor report merge`: what it says about each kind of shard, and what is to be done then.

#include <sys/mount.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"
#include "tests/support/disk_error.h"
#include "tests/support/files.h"
#include "tests/support/journal_rows.h"
#include "tests/support/merged_job.h"
#include "tests/support/own_mounts.h"
#include "tests/support/skip.h"
#include "tests/support/small_disk.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

TEST_CASE("a shard that no run has begun is missing") {
  const MergedJob job;
  CHECK(job.run(shard_option(2, 3)).exit_code == 0);
  const ProgramResult result = merge(job);
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 75);
  CHECK(result.out.starts_with("The ledger is not closed (1 of 3 shards finished): "));
  CHECK(has(result.out, "\n      1  missing      no run of it has begun\n"));
  CHECK(has(result.out, "\n      3  missing "));
  CHECK(has(result.out, "\n      --array=1,3\n"));
  const ProgramResult one = job.run_command({Job::supervisor(), "report", "merge", job.shard(2)});
  CHECK(one.exit_code == 2);
  CHECK(has(one.err, "is one shard of the job in "));
  CHECK(has(one.err, "use: wm-supervisor report merge " + job.job_directory() + "\n"));
  CHECK(job.run(shard_option(1, 3)).exit_code == 0);
  CHECK(job.run(shard_option(3, 3)).exit_code == 0);
  CHECK(merge(job).exit_code == 0);
}

TEST_CASE("a running shard is named and not disturbed, and one that died has to run again") {
  const Job job;
  (void)job.add_gated(8);
  const Words hazard{"--worker-program", hazard_worker(), "--workers", "8"};
  RunningProgram running = job.start(shard_option(1, 2, hazard));
  RunningProgram dying = job.start(shard_option(2, 2, hazard));
  REQUIRE(wait_until([&] { return job.at_gate() == 8; }));
  const ProgramResult both = merge(job);
  CAPTURE(both.out, both.err);
  CHECK(both.exit_code == 75);
  CHECK(has(both.out, "\nshards     2: 2 running\n"));
  CHECK(has(both.out, "\n      1  running      a supervisor on "));
  CHECK_FALSE(has(both.out, "--array="));
  REQUIRE(wait_until([&] { return Json::parse(merge(job, {"--json", "-"}).out).at("inputs") == 8; }));
  const auto elapsed = [&](unsigned shard) {
    return Json::parse(read_file(shard_directory(job, shard, 2) + "/status.json"))
        .at("elapsed_s")
        .get<double>();
  };
  const std::vector<double> earlier{elapsed(1), elapsed(2)};
  const Json fields = Json::parse(merge(job, {"--json", "-"}).out);
  CHECK(fields.at("pending") == 8);
  for (const unsigned index : {1U, 2U}) {  // what its status said at that moment
    const double told = fields.at("shards").at(index - 1).at("elapsed_s").get<double>();
    CHECK(told >= earlier[index - 1]);
    CHECK(told <= elapsed(index));
  }

  dying.send(SIGKILL);
  CHECK(dying.wait().signal == SIGKILL);
  const auto before = contents_below(shard_directory(job, 2, 2));
  const ProgramResult one = merge(job);
  CAPTURE(one.out, one.err);
  CHECK(one.exit_code == 75);
  CHECK(has(one.out, "\n      2  died         its last run, begun 20"));
  CHECK(has(one.out, "\n      --array=2\n"));
  CHECK(before.contains("job.db-wal"));
  CHECK(contents_below(shard_directory(job, 2, 2)) == before);
  CHECK_FALSE(running.has_ended());
  job.open_gate();
  CHECK(running.wait().exit_code == 0);
  // The journal of the dead one is as it was: its next run finds what was in progress.
  CHECK(job.run(shard_option(2, 2, hazard)).exit_code == 0);
  const ProgramResult closed = merge(job);
  INFO(closed.out);
  CHECK(closed.exit_code == 0);
  CHECK(closed.out.starts_with("All 8 pictures are marked.\n"));
}

TEST_CASE("a shard that was stopped has to run again") {
  const Job job;
  (void)job.add_gated(6);
  const Words hazard{"--worker-program", hazard_worker(), "--workers", "1",
                     "--grace",          "10m",           "--timeout", "0"};
  RunningProgram program = job.start(shard_option(1, 1, hazard));
  REQUIRE(wait_until([&] { return job.at_gate() == 1; }));
  program.send(SIGTERM);
  REQUIRE(wait_until([&] {
    return has(read_file(shard_directory(job, 1, 1) + "/wm-supervisor.log"),
               "files in progress are finished");
  }));
  job.open_gate();
  CHECK(program.wait().exit_code == 143);
  const ProgramResult result = merge(job);
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 75);
  CHECK(has(result.out, "1 of 6 pictures found is marked, 5 to do"));
  CHECK(has(result.out, "\n      1  stopped      its last run ended with exit code 143"));
  CHECK(has(result.out, "\n      --array=1\n"));
}

TEST_CASE("a shard of another recipe is named and refused") {
  const MergedJob job;
  job.run_shards();
  fs::remove(job.job_directory() + "/job.json");
  for (const unsigned index : {1U, 3U})
    CHECK(job.run(shard_option(index, 3, {"--quality", "50"})).exit_code == 0);
  const ProgramResult result = merge(job);
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 2);
  CHECK(has(result.out, "\n      2  another job  its last run had another recipe"));
  CHECK(has(result.out, "\n      --array=2\n"));
  CHECK(job.run(shard_option(2, 3, {"--quality", "50"})).exit_code == 0);
  CHECK(merge(job).exit_code == 0);
}

TEST_CASE("a shard of a job with another job.json does not count, even with the same names and marks") {
  const MergedJob job;
  job.run_shards();
  for (unsigned i = 0; i < 12; ++i) {
    const std::string name = "picture-" + std::to_string(i) + ".jpg";
    fs::create_directories(job.directory() + "/other");
    fs::copy_file(job.in(name), job.directory() + "/other/" + name);
  }
  fs::remove(job.job_directory() + "/job.json");
  Words other = job.command(shard_option(1, 3, {"--overwrite", "all"}));
  other.push_back(job.directory() + "/other");
  CHECK(job.run_command(other).exit_code == 0);
  const ProgramResult result = merge(job);
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 2);
  CHECK(has(result.out, "(1 of 3 shards finished)"));
  CHECK(has(result.out, "\n      2  another job  its last run belonged to a job with another job.json\n"));
  CHECK(has(result.out, "\n      --array=2-3\n"));
}

TEST_CASE("shards with another output directory are refused unless its job directory is in it") {
  const MergedJob job;
  const auto run_in = [&](unsigned index, const std::string& output, const std::string& job_directory) {
    Words words = job.command(shard_option(index, 3, {"--job-dir", job_directory}));
    words.insert(words.end(), {"-o", output, job.in()});
    return job.run_command(words);
  };
  const std::string elsewhere = job.directory() + "/jobs";
  CHECK(run_in(1, job.directory() + "/one", elsewhere).exit_code == 0);
  const ProgramResult refused = run_in(2, job.directory() + "/two", elsewhere);
  CAPTURE(refused.err);
  CHECK(refused.exit_code == 2);
  CHECK(has(refused.err, "its outputs are in "));
  CHECK_FALSE(fs::exists(job.directory() + "/two/picture-0.jpg"));
  // Two ways to one directory.
  CHECK(job.run(shard_option(1, 3)).exit_code == 0);
  fs::create_directory_symlink(job.out(), job.directory() + "/link");
  CHECK(run_in(2, job.directory() + "/link", job.directory() + "/link/.wm-supervisor").exit_code == 0);
}

TEST_CASE("a journal that contradicts its last run is damaged, and nothing of it counts") {
  const MergedJob job;
  job.run_shards();
  const unsigned with_inputs = journal_number(job.shard(2), "SELECT count(*) FROM file") > 0 ? 2 : 1;
  const auto change =
      GENERATE(as<std::string>{}, "UPDATE file SET state = 'started' WHERE id = 1",
               "UPDATE run SET failed = 1, marked = marked - 1, exit_code = 1",
               "UPDATE run SET not_inputs = 1", "UPDATE run SET other_shards = other_shards - 1",
               "DELETE FROM file WHERE id = 1; UPDATE run SET inputs = inputs - 1, marked = "
               "marked - 1",
               "UPDATE run SET exit_code = NULL");
  CAPTURE(change);
  job.change_journal(with_inputs, change);
  const std::string csv = job.directory() + "/report.csv";
  const ProgramResult result = merge(job, {"--json", "-", "--csv", csv});
  const Json report = Json::parse(result.out);
  CAPTURE(result.out);
  if (change.find("NULL") != std::string::npos) {
    CHECK(result.exit_code == 75);
    CHECK(report.at("states").at("died") == 1);
    return;
  }
  CHECK(result.exit_code == 2);
  CHECK(report.at("states").at("damaged") == 1);
  CHECK(report.at("shards").at(with_inputs - 1).at("inputs") == 0);
  const std::string rows = read_file(csv);
  const auto row_count = static_cast<std::size_t>(std::ranges::count(rows, '\n')) - 1;
  CHECK(report.at("inputs") == row_count);
  CHECK(row_count < 12);
}

TEST_CASE("directories of another number of shards are named and refused") {
  const MergedJob job;
  CHECK(job.run(shard_option(1, 2)).exit_code == 0);
  fs::remove(job.job_directory() + "/job.json");
  job.run_shards({"--overwrite", "all"});
  const ProgramResult result = merge(job);
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 2);
  CHECK(has(result.out, "shard-0001-of-0002"));
  fs::remove_all(shard_directory(job, 1, 2));
  CHECK(merge(job).exit_code == 0);

  fs::remove_all(job.shard(3));
  fs::copy(job.shard(1), job.shard(3), fs::copy_options::recursive);
  const ProgramResult copied = merge(job);
  CAPTURE(copied.out, copied.err);
  CHECK(copied.exit_code == 2);
  CHECK(has(copied.out, "\n      3  another job  its last run was shard 1/3\n"));
}

TEST_CASE("damaged journals are named and refused, and so are those that lack inputs") {
  const MergedJob job;
  job.run_shards();
  std::string state = "damaged";
  SECTION("bytes that are no database") {
    write_file(job.shard(2) + "/job.db", "no database, and longer than nothing");
  }
  SECTION("a lost journal") {
    fs::remove(job.shard(2) + "/job.db");
  }
  SECTION("a link in place of the directory") {
    fs::rename(job.shard(2), job.directory() + "/elsewhere");
    fs::create_directory_symlink(job.directory() + "/elsewhere", job.shard(2));
  }
  SECTION("an input that is gone from it") {
    job.change_journal(2, "DELETE FROM file WHERE id = 1");
  }
  const ProgramResult result = merge(job);
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 2);
  CHECK(has(result.out, "\n      2  damaged      "));
  CHECK(has(result.out, "--rebuild-journal once:\n      --array=2\n"));
}

TEST_CASE("a shard whose journal an earlier version has written has to run again") {
  const MergedJob job;
  job.run_shards();
  job.change_journal(
      2, "UPDATE run SET shard = NULL, shards = NULL, other_shards = NULL, whole = NULL, job = NULL");
  const ProgramResult result = merge(job);
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 75);
  CHECK(has(result.out, "\n      2  outdated     its journal does not say"));
}

/// As if another version had begun the job.
void change_version(const Job& job, const std::string& version) {
  const std::string file = job.job_directory() + "/job.json";
  std::string text = read_file(file);
  const std::string before = "\"version\": \"";
  const std::size_t at = text.find(before) + before.size();
  write_file(file, text.replace(at, text.find('"', at) - at, version));
}

TEST_CASE("in a job that another version began, what is said to work works") {
  const MergedJob job;
  job.run_shards();
  change_version(job, "0.0.1");
  CHECK(merge(job).exit_code == 0);  // nothing has to run
  SECTION("one that records what a shard saw can go on") {
    job.change_journal(2, "UPDATE run SET ended = NULL, exit_code = NULL");
    const ProgramResult result = merge(job);
    CAPTURE(result.out, result.err);
    CHECK(result.exit_code == 75);
    CHECK(has(result.out, "Version 0.0.1 of this program began the job, and shards run with that one only"));
    CHECK(has(result.out, "Run these again, with that version and the job's command."));
    CHECK(has(result.out, "\n      --array=2\n"));
    CHECK(has(result.out, "Or go on with this version: remove job.json when no shard runs"));
  }
  SECTION("one that does not cannot close the ledger") {
    job.change_journal(
        2, "UPDATE run SET shard = NULL, shards = NULL, other_shards = NULL, whole = NULL, job = NULL");
    const ProgramResult result = merge(job);
    CAPTURE(result.out, result.err);
    CHECK(result.exit_code == 75);
    CHECK(has(result.out, "\n      2  outdated     its journal does not say"));
    CHECK(has(result.out, "but it does not record what the ledger needs. Go on with this one"));
    CHECK_FALSE(has(result.out, "with that version and the job's command"));
    CHECK(has(result.out, "\n      --array=1-3\n"));
  }
  CHECK(job.run(shard_option(2, 3)).exit_code == 2);
  fs::remove(job.job_directory() + "/job.json");
  job.run_shards();
  CHECK(merge(job).exit_code == 0);
  unsigned up_to_date = 0;
  for (unsigned index = 1; index <= 3; ++index)
    up_to_date += Json::parse(read_file(job.shard(index) + "/report.json")).at("up_to_date").get<unsigned>();
  CHECK(up_to_date == 12);
}

TEST_CASE("a shard that the disk does not give is unreadable: nothing says that it is damaged") {
  const MergedJob job;
  job.run_shards();
  const std::string injection = GENERATE(as<std::string>{}, "openat:error=ESTALE", "pread64:error=EIO",
                                         "pread64:error=EIO:when=3+", "pread64:error=EIO:when=7+");
  CAPTURE(injection);
  const bool at_directory = injection.starts_with("openat");
  const std::string file =
      at_directory ? fs::path(job.shard(2)).filename() : fs::path(job.shard(2) + "/job.db");
  const ProgramResult result = run_with_error(job, merge_command(job), file, injection);
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 75);
  CHECK(has(result.out, "(2 of 3 shards finished)"));
  CHECK(has(result.out, "\n      2  unreadable   "));
  CHECK(has(result.out, "when it can be read, merge again:\n      wm-supervisor report merge "));
  CHECK_FALSE(has(result.out, "--rebuild-journal"));
  CHECK_FALSE(has(result.out, "--array="));
  CHECK(merge(job).exit_code == 0);
}

TEST_CASE("a job directory that cannot be listed to its end says nothing of any shard") {
  const MergedJob job;
  job.run_shards();
  const ProgramResult result =
      run_with_error(job, merge_command(job), job.job_directory(), "getdents64:error=EIO:when=2+");
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 75);
  CHECK(has(result.err, "cannot read " + job.job_directory() + ": Input/output error"));
  CHECK(result.out.empty());
}

/// What is in a directory, on a file system that is mounted read-only.
class ReadOnlyView {
 public:
  ReadOnlyView(const std::string& from, const std::string& to) : mount_(from, to) {
    if (::mount(nullptr, to.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) != 0)
      skip("a directory cannot be mounted read-only here");
  }

 private:
  BindMount mount_;
};

TEST_CASE("a job on a file system that is mounted read-only can be merged") {
  if (!no_mounts.empty()) skip(no_mounts);
  const Job job;
  const Words hazard{"--worker-program", hazard_worker(), "--workers", "2", "--timeout", "0"};
  const std::string view = job.directory() + "/view";
  const auto merged = [&] {
    const ReadOnlyView mounted(job.out(), view);
    return job.run_command({Job::supervisor(), "report", "merge", view});
  };
  for (unsigned i = 0; i < 8; ++i) job.add_picture("picture-" + std::to_string(i) + ".jpg", i);
  const auto run_shards = [&] {
    for (unsigned index = 1; index <= 2; ++index) static_cast<void>(job.run(shard_option(index, 2, hazard)));
  };
  run_shards();
  const ProgramResult clean = merged();
  CAPTURE(clean.out, clean.err);
  CHECK(clean.exit_code == 0);
  CHECK(clean.err.empty());

  job.add_picture("abort.jpg");
  run_shards();
  const ProgramResult quarantined = merged();
  CAPTURE(quarantined.out, quarantined.err);
  CHECK(quarantined.exit_code == 1);
  CHECK(has(quarantined.out, "8 of 9 pictures are marked, 1 quarantined"));
  CHECK(has(quarantined.err, "Read-only file system"));

  for (const char* const name : {"gated-1.jpg", "gated-2.jpg"}) job.add_picture(name);  // in one shard or two
  RunningProgram one = job.start(shard_option(1, 2, hazard));
  RunningProgram two = job.start(shard_option(2, 2, hazard));
  REQUIRE(wait_until([&] { return job.at_gate() == 2; }));
  for (RunningProgram* const program : {&one, &two}) {
    program->send(SIGKILL);
    static_cast<void>(program->wait());
  }
  const ProgramResult died = merged();
  CAPTURE(died.out, died.err);
  CHECK(died.exit_code == 75);
  CHECK(has(died.out, "  died         its last run, begun 20"));
  CHECK_FALSE(has(died.out, "damaged"));
}

}  // namespace
}  // namespace wm::test
