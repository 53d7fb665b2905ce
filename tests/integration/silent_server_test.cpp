// The inputs lie on a file server that does not answer: a run comes to its end all the same, and answers to
// signals. Workers cannot even be killed then.

#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "tests/support/catch.h"
#include "tests/support/crash_reports.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/log_lines.h"
#include "tests/support/sample_pictures.h"
#include "tests/support/skip.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

ProgramOptions with_silent_server(const Job& job) {
  ProgramOptions options = job.options();
  options.environment.push_back(std::string("LD_PRELOAD=") + WM_SILENT_SERVER);
  return options;
}

bool wait_for_silence(const Job& job) {
  return wait_until([&] { return fs::exists(job.directory() + "/server-is-silent"); });
}

TEST_CASE("a signal ends a run that waits for a crashed file's contents, and the report says so") {
  const bool keeps = GENERATE(false, true);
  const Job job;
  job.add_picture("silent-abort.jpg");
  Words words = job.command({"--worker-program", hazard_worker(), "--retries", "0"});
  if (keeps) words.insert(words.end(), {"--quarantine", job.directory() + "/kept"});
  words.push_back(job.in());
  RunningProgram program(words, with_silent_server(job));
  REQUIRE(wait_for_silence(job));
  program.send(SIGTERM);
  const ProgramResult result = program.wait();
  INFO(result.err);
  CHECK_FALSE(result.timed_out);
  CHECK(result.signal == 0);
  CHECK(ledger_fault(job, result) == "");
  CHECK(job.report().at("quarantined") == 1);
  const CrashReport report = crash_report_on(job, job.in("silent-abort.jpg"));
  CHECK(report.json["task"]["input_hash_problem"] == "was not hashed: there was no time for it");
  if (!keeps) return;
  const std::string log = read_file(job.log_file());
  INFO(log);
  CHECK(log.find("it takes too long") != std::string::npos);
}

/// A run whose scan hangs, and that cannot begin.
struct HungScan {
  Job job;
  std::string silent = job.directory() + "/silent";

  HungScan() {
    fs::create_directory(silent);
    write_file(silent + "/a.jpg", sample_picture(64, 48, ".jpg"));
  }
  [[nodiscard]] RunningProgram start(const Words& options) const {
    Words words = job.command(options);
    words.push_back(silent);
    return RunningProgram(words, with_silent_server(job));
  }
  [[nodiscard]] std::string worker(const std::string& script) const {
    const std::string path = job.directory() + "/worker";
    write_file(path, "#!/bin/sh\n" + script + "\n");
    REQUIRE(::chmod(path.c_str(), 0755) == 0);
    return path;
  }
};

TEST_CASE("a run that finds the job held does not wait for a scan that hangs") {
  const HungScan scan;
  (void)scan.job.add_gated(1);
  RunningProgram holder = scan.job.start({"--worker-program", hazard_worker()});
  REQUIRE(wait_until([&] { return scan.job.at_gate() == 1; }));
  const ProgramResult result = scan.start({}).wait();
  INFO(result.err);
  CHECK_FALSE(result.timed_out);
  CHECK(result.exit_code == 75);
  CHECK(result.err.find("another wm-supervisor (pid " + std::to_string(holder.pid()) + ")") !=
        std::string::npos);
  scan.job.open_gate();
  CHECK(holder.wait().exit_code == 0);
}

TEST_CASE("a run whose workers cannot start does not wait for a scan that hangs") {
  const HungScan scan;
  const ProgramResult result =
      scan.start({"--worker-program", scan.worker("echo no such library >&2; exit 1")}).wait();
  INFO(result.err);
  CHECK_FALSE(result.timed_out);
  CHECK(result.exit_code == 3);
  CHECK(result.err.find("a worker cannot start: no such library") != std::string::npos);
}

TEST_CASE("signals end a run whose scan hangs before a worker is ready") {
  const HungScan scan;
  RunningProgram program = scan.start({"--worker-program", scan.worker("exec sleep 999")});
  REQUIRE(wait_for_silence(scan.job));
  program.send(SIGINT);
  const ProgramResult result = program.wait();
  INFO(result.err);
  CHECK_FALSE(result.timed_out);
  CHECK(result.exit_code == 130);
  CHECK(result.err.find("stopped by SIGINT") != std::string::npos);
  CHECK(wait_until([&] { return scan.job.workers("sleep").empty(); }));
}

bool may_trace() {
  const pid_t child = ::fork();
  if (child == 0) {
    for (;;) ::pause();
  }
  const bool traced = ::ptrace(PTRACE_SEIZE, child, nullptr, nullptr) == 0;
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  return traced;
}

/// A job with workers that SIGKILL does not end, until the server answers.
struct UnkillableWorkers {
  Job job;

  ~UnkillableWorkers() { answer(); }
  UnkillableWorkers() {
    if (!may_trace()) skip("processes may not be traced here");
  }
  UnkillableWorkers(const UnkillableWorkers&) = delete;
  UnkillableWorkers& operator=(const UnkillableWorkers&) = delete;

  void answer() const {
    write_file(job.directory() + "/server-answers", "");
    CHECK(wait_until([&] { return job.workers("hazard-worker").empty(); }));
  }
  /// How many workers cannot be killed.
  [[nodiscard]] std::ptrdiff_t held() const {
    return std::ranges::count_if(fs::directory_iterator(job.directory()), [](const auto& entry) {
      return entry.path().filename().string().starts_with("held-");
    });
  }
  [[nodiscard]] static Words options(const Words& more) {
    Words words{"--worker-program", hazard_worker(), "--timeout", "500ms", "--retries", "0"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  [[nodiscard]] std::size_t errors(std::string_view words) const {
    std::size_t count = 0;
    for (const LogLine& line : job.log()) {
      if (line.level == "ERROR" && line.message.find(words) != std::string::npos) ++count;
    }
    return count;
  }
};

TEST_CASE("a run goes on without a worker that cannot be killed, and leaves its picture for the next one") {
  const UnkillableWorkers at;
  at.job.add_picture("a-once-unkillable.jpg");
  at.job.add_picture("b.jpg");
  at.job.add_picture("c.jpg");
  const ProgramResult result = at.job.run(at.options({"--workers", "2"}));
  INFO(result.err);
  CHECK_FALSE(result.timed_out);
  CHECK(result.exit_code == 3);
  CHECK(result.err.find("1 worker cannot be killed: the file system or device does not answer") !=
        std::string::npos);
  CHECK(ledger_fault(at.job, result) == "");
  CHECK(at.job.report().at("marked") == 2);
  CHECK(at.job.report().at("pending") == 1);
  CHECK(at.errors("a-once-unkillable.jpg: its file system or device does not answer") == 1);

  // While that worker is still there.
  const ProgramResult next = at.job.run(at.options({"--workers", "2"}));
  INFO(next.err);
  CHECK(next.exit_code == 0);
  CHECK(ledger_fault(at.job, next) == "");
  CHECK(at.job.report().at("marked") == 1);
  CHECK(at.job.report().at("up_to_date") == 2);
}

TEST_CASE("signals end a run whose workers cannot be killed") {
  const UnkillableWorkers at;
  at.job.add_picture("a-once-unkillable.jpg");
  at.job.add_picture("b-once-unkillable.jpg");
  at.job.add_picture("c.jpg");
  RunningProgram program = at.job.start(at.options({"--workers", "2", "--timeout", "0", "--grace", "0s"}));
  REQUIRE(wait_until([&] { return at.held() == 2; }));
  program.send(SIGTERM);
  const ProgramResult result = program.wait();
  INFO(result.err);
  CHECK_FALSE(result.timed_out);
  CHECK(result.exit_code == 143);
  CHECK(ledger_fault(at.job, result) == "");
  CHECK(at.job.report().at("pending") == 3);
}

TEST_CASE("what a worker that could not be killed has published is its picture's output") {
  const UnkillableWorkers at;
  at.job.add_picture("late-rename.jpg");
  const ProgramResult result = at.job.run(at.options({}));
  INFO(result.err);
  CHECK(result.exit_code == 3);
  REQUIRE(fs::exists(at.job.out("late-rename.jpg")));
  const auto published = fs::last_write_time(at.job.out("late-rename.jpg"));
  const ProgramResult next = at.job.run(at.options({}));
  INFO(next.err);
  CHECK(next.exit_code == 0);
  CHECK(at.job.report().at("up_to_date") == 1);
  CHECK(fs::last_write_time(at.job.out("late-rename.jpg")) == published);
}

ProgramOptions with_silent_disk(const Job& job) {
  ProgramOptions options = with_silent_server(job);
  options.environment.emplace_back("WM_SILENT_SYNC=1");
  return options;
}

TEST_CASE("signals end a run whose outputs do not reach the disk, and the next one knows them") {
  const bool all_done = GENERATE(false, true);
  const Job job;
  job.add_picture("a.jpg");
  Words words = job.command({"--worker-program", hazard_worker()});
  words.push_back(job.in());
  if (!all_done) {
    (void)job.add_gated(1);
    words.push_back(job.gated());
  }
  RunningProgram program(words, with_silent_disk(job));
  REQUIRE(wait_for_silence(job));
  if (all_done) {
    REQUIRE(wait_until([&] { return job.workers("hazard-worker").empty(); }));
    const auto says = [&] { return read_file(job.log_file()).find("waiting until the last outputs"); };
    REQUIRE(wait_until([&] { return says() != std::string::npos; }));
  }
  const auto ends = [&] {
    program.send(SIGINT);
    return program.has_ended();
  };
  CHECK(wait_until(ends, std::chrono::minutes(2), std::chrono::milliseconds(200)));
  const ProgramResult result = program.wait();
  INFO(result.err);
  CHECK(result.exit_code == (all_done ? 3 : 130));
  CHECK(result.err.find("the last outputs do not reach the disk") != std::string::npos);

  job.open_gate();
  const ProgramResult next = job.run();
  INFO(next.err);
  CHECK(next.exit_code == 0);
  CHECK(ledger_fault(job, next) == "");
  CHECK(job.report().at("up_to_date") == 1);
}

}  // namespace
}  // namespace wm::test
