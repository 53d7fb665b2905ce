// Two supervisors that see one job directory through two mounts, so that neither sees the other's file locks:
// as two machines do that share a file system without locks.

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <string>
#include <thread>

#include <sqlite3.h>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/journal_rows.h"
#include "tests/support/processes.h"
#include "tests/support/shared_job.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_until.h"

using namespace wm::test;
using wm::TempDir;
namespace fs = std::filesystem;

namespace {

/// Contents, inodes and times of everything below a directory, but not the times of directories: an owner may
/// have been stopped just before it made a temporary file, which it removes at once.
std::map<std::string, std::string> state_of(const std::string& directory) {
  std::map<std::string, std::string> state;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    struct stat status {};
    REQUIRE(::lstat(entry.path().c_str(), &status) == 0);
    std::string& text = state[entry.path().string()];
    text = std::to_string(status.st_ino) + " ";
    if (entry.is_directory()) continue;
    text += std::to_string(status.st_mtim.tv_sec) + "." + std::to_string(status.st_mtim.tv_nsec) + " ";
    if (entry.is_regular_file()) text += read_file(entry.path());
  }
  return state;
}

void check_same(const std::map<std::string, std::string>& before,
                const std::map<std::string, std::string>& after) {
  for (const auto& [path, state] : before) {
    CAPTURE(path);
    const auto found = after.find(path);
    CHECK((found != after.end() && found->second == state));
  }
  for (const auto& [path, state] : after) {
    CAPTURE(path);
    CHECK(before.contains(path));
  }
}

/// Of a run that died.
void change_journal(const std::string& job_directory, const char* sql) {
  sqlite3* database = nullptr;
  REQUIRE(::sqlite3_open((job_directory + "/job.db").c_str(), &database) == SQLITE_OK);
  CHECK(::sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  REQUIRE(::sqlite3_close(database) == SQLITE_OK);
}

}  // namespace

TEST_CASE("a second supervisor that cannot see the first one's lock gets exit code 75") {
  const SharedJob shared;
  RunningProgram first = shared.start(*shared.one);
  REQUIRE(shared.waits_at_gate());
  for (const Words& wait : {Words{}, Words{"--wait-lock", "300ms"}}) {
    const ProgramResult second = shared.start(*shared.other, wait).wait();
    INFO(second.err);
    CHECK(second.exit_code == 75);
    CHECK(second.err.find("another wm-supervisor (pid " + std::to_string(first.pid()) + " on ") !=
          std::string::npos);
    CHECK(second.err.find("can be taken over in") != std::string::npos);
  }
  const ProgramResult shown = shared.job.run_command({Job::supervisor(), "report", shared.other->out()});
  INFO(shown.err);
  CHECK(shown.exit_code == 75);
  const ProgramResult rehearsed = shared.start(*shared.other, {"--dry-run"}).wait();
  INFO(rehearsed.err);
  CHECK(rehearsed.exit_code == 75);
  const ProgramResult status = shared.job.run_command({Job::supervisor(), "status", shared.other->out()});
  INFO(status.out);
  CHECK(status.exit_code == 0);
  shared.job.open_gate();
  const ProgramResult ended = first.wait();
  INFO(ended.err);
  CHECK(ended.exit_code == 0);
  shared.check_whole();
}

TEST_CASE(
    "an owner that was killed is taken over: here at once, elsewhere when it was not seen for too long") {
  const bool is_elsewhere = GENERATE(false, true);
  CAPTURE(is_elsewhere);
  const SharedJob shared;
  {
    RunningProgram first = shared.start(*shared.one);
    REQUIRE(shared.waits_at_gate());
    first.send(SIGKILL);
    CHECK(first.wait().signal == SIGKILL);
  }
  shared.job.open_gate();
  if (is_elsewhere) {
    shared.move_owner_elsewhere();
    const ProgramResult early = shared.start(*shared.other).wait();
    INFO(early.err);
    CHECK(early.exit_code == 75);
  }
  const ProgramResult second =
      shared.start(*shared.other, {"--wait-lock", is_elsewhere ? "5m" : "0s"}).wait();
  INFO(second.err);
  CHECK(second.exit_code == 0);
  shared.check_whole();
}

TEST_CASE("an owner that stood still writes nothing when it wakes up after a take-over") {
  const std::string where = GENERATE("anywhere", "between the last check and the commit", "with its workers");
  CAPTURE(where);
  const SharedJob shared;
  TempDir kills;
  const bool at_commit = where.starts_with("between");
  RunningProgram first = shared.start(
      *shared.one, {},
      at_commit ? Words{"WM_KILL_PLAN=journal.committing#5=stop", "WM_KILL_DIR=" + kills.path()} : Words{});
  if (at_commit) {
    REQUIRE(wait_until([&] { return process_state(first.pid()) == 'T'; }));
  } else {
    REQUIRE(shared.waits_at_gate());
    first.send(SIGSTOP);
    REQUIRE(wait_until([&] { return process_state(first.pid()) == 'T'; }));
  }
  const auto workers = shared.job.workers("hazard");
  if (where == "with its workers") {
    for (const pid_t worker : workers) ::kill(worker, SIGSTOP);
  }
  shared.job.open_gate();
  const ProgramResult second = shared.start(*shared.other, {"--wait-lock", "10m"}).wait();
  INFO(second.err);
  CHECK(second.exit_code == 0);
  CHECK(second.err.find("waiting up to 600s") != std::string::npos);
  shared.check_whole();

  const auto before = state_of(shared.job.out());
  if (where == "with its workers") {
    for (const pid_t worker : workers) ::kill(worker, SIGCONT);
  }
  first.send(SIGCONT);
  const ProgramResult woken = first.wait();
  INFO(woken.err);
  CHECK(woken.exit_code == 75);
  CHECK(woken.err.find("this run has lost the job in ") != std::string::npos);
  CHECK(wait_until([&] { return shared.job.workers("").empty(); }));
  check_same(before, state_of(shared.job.out()));
  shared.check_whole();
}

TEST_CASE(
    "an owner that wakes up between its check and its commit does not touch the journal of the next one") {
  const SharedJob shared;
  TempDir kills;
  RunningProgram first = shared.start(
      *shared.one, {}, {"WM_KILL_PLAN=journal.committing#5=stop", "WM_KILL_DIR=" + kills.path()});
  REQUIRE(wait_until([&] { return process_state(first.pid()) == 'T'; }));
  const std::string owner = shared.owner();
  const bool is_removed = GENERATE_COPY(false, true);
  CAPTURE(is_removed);
  if (is_removed) fs::remove(shared.job.job_directory() + "/owner");
  const auto journal = [&] { return identity_of(shared.job.job_directory() + "/job.db").inode; };
  const ino_t journal_of_first = journal();
  RunningProgram second = shared.start(*shared.other, {"--wait-lock", "10m"});
  const auto has_other_owner = [&] {
    return fs::exists(shared.job.job_directory() + "/owner") && shared.owner() != owner;
  };
  REQUIRE(wait_until(
      [&] { return has_other_owner() && files_below(shared.job.out()).size() == SharedJob::fast_pictures; }));
  // What the first one has open is no longer the journal.
  CHECK(wait_until([&] { return journal() != journal_of_first; }));
  first.send(SIGCONT);
  const ProgramResult woken = first.wait();
  INFO(woken.err);
  CHECK(woken.exit_code == 75);
  shared.job.open_gate();
  const ProgramResult ended = second.wait();
  INFO(ended.err);
  CHECK(ended.exit_code == 0);
  shared.check_whole();
}

TEST_CASE("workers publish nothing while their supervisor stands still for too long, and go on with it") {
  const SharedJob shared;
  RunningProgram first = shared.start(*shared.one);
  REQUIRE(shared.waits_at_gate());
  first.send(SIGSTOP);
  REQUIRE(wait_until([&] { return process_state(first.pid()) == 'T'; }));
  std::this_thread::sleep_for(std::chrono::seconds(10));  // more than 90 of its seconds
  shared.job.open_gate();
  CHECK_FALSE(wait_until([&] { return files_below(shared.job.out()).size() > SharedJob::fast_pictures; },
                         std::chrono::seconds(1)));
  first.send(SIGCONT);
  const ProgramResult woken = first.wait();
  INFO(woken.err);
  CHECK(woken.exit_code == 0);
  shared.check_whole();
}

TEST_CASE("what another machine did not record is made again, even if it is cut off, and counts once") {
  const SharedJob shared;
  TempDir kills;
  {
    RunningProgram first =
        shared.start(*shared.one, {}, {"WM_KILL_PLAN=outcome.logged#5=kill", "WM_KILL_DIR=" + kills.path()});
    CHECK(first.wait().signal == SIGKILL);
  }
  REQUIRE(wait_until([&] { return shared.job.workers("hazard").empty(); }));
  // As if that had been another machine, which did not write its crash records and lost a part of a picture.
  shared.move_owner_elsewhere();
  const std::string directory = shared.job.job_directory();
  write_file(directory + "/job.db-boot", "elsewhere\n");
  change_journal(directory, "UPDATE run SET boot_id = 'elsewhere'");
  fs::remove_all(directory + "/crashes");
  const auto started = journal_rows(directory, "SELECT output FROM file WHERE state = 'started'");
  bool is_cut = false;
  for (const auto& row : started) {
    const std::string output = shared.job.out(row.front());
    if (is_cut || !fs::exists(output)) continue;
    fs::resize_file(output, fs::file_size(output) / 2);
    is_cut = true;
  }
  REQUIRE(is_cut);
  CHECK(shared.job.run_command({Job::supervisor(), "status", shared.other->out()}).exit_code == 0);
  shared.job.open_gate();
  const ProgramResult second = shared.start(*shared.other, {"--wait-lock", "10m"}).wait();
  INFO(second.err);
  CHECK(second.exit_code == 0);
  shared.check_whole();
  for (const std::string& name : files_below(shared.job.out())) {
    CAPTURE(name);
    CHECK(read_file(shared.job.out(name)).ends_with("\xff\xd9"));  // the end of a JPEG
  }
}

TEST_CASE("a run whose owner's file is removed stops, and the same command goes on") {
  const SharedJob shared;
  RunningProgram first = shared.start(*shared.one);
  REQUIRE(shared.waits_at_gate());
  fs::remove(shared.job.job_directory() + "/owner");
  const ProgramResult stopped = first.wait();
  INFO(stopped.err);
  CHECK(stopped.exit_code == 75);
  shared.job.open_gate();
  const ProgramResult second = shared.start(*shared.other).wait();
  INFO(second.err);
  CHECK(second.exit_code == 0);
  shared.check_whole();
}

TEST_CASE("a merged report sees a shard whose lock it cannot see, and when its supervisor is gone") {
  const SharedJob shared;
  RunningProgram shard = shared.start(*shared.one, {"--shard", "1/1"});
  REQUIRE(shared.waits_at_gate());
  const auto merge = [&] {
    return shared.job.run_command({Job::supervisor(), "report", "merge", shared.other->out()});
  };
  const ProgramResult running = merge();
  CAPTURE(running.out, running.err);
  CHECK(running.exit_code == 75);
  CHECK(running.out.find("\nshards     1: 1 running\n") != std::string::npos);
  CHECK(running.out.find("      1  running      a supervisor on ") != std::string::npos);
  CHECK(running.out.find("--array=") == std::string::npos);
  CHECK_FALSE(shard.has_ended());
  shard.send(SIGKILL);
  CHECK(shard.wait().signal == SIGKILL);
  const ProgramResult died = merge();
  CAPTURE(died.out, died.err);
  CHECK(died.exit_code == 75);
  CHECK(died.out.find("\n      1  died ") != std::string::npos);
  CHECK(died.out.find("\n      --array=1\n") != std::string::npos);
  shared.job.open_gate();
  CHECK(shared.start(*shared.other, {"--shard", "1/1"}).wait().exit_code == 0);
  const ProgramResult closed = merge();
  CAPTURE(closed.out, closed.err);
  CHECK(closed.exit_code == 0);
}
