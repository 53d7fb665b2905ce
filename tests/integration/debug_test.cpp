// What a person uses who looks for a fault: doctor, --debug, --gdb, and how wrong use of subcommands is
// answered.

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/run_program.h"
#include "tests/support/skip.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

using namespace std::chrono_literals;

bool installed(const std::string& program) {
  return run_program({"/bin/sh", "-c", "command -v " + program}).exit_code == 0;
}

TEST_CASE("doctor says what is there and ends well on a good machine") {
  const Job job;
  const ProgramResult result = job.run_command({Job::supervisor(), "doctor"});
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 0);
  for (const char* const subject : {"libvips", "JPEG", "CPUs", "core dumps", "wm-crash-analyzer", "ptrace"}) {
    CHECK(result.out.find(subject) != std::string::npos);
  }
  CHECK(result.out.find("FAIL") == std::string::npos);
}

TEST_CASE("doctor fails when the worker does not start") {
  const Job job;
  const ProgramResult result =
      job.run_command({Job::supervisor(), "doctor", "--worker-program", "/bin/false"});
  CHECK(result.exit_code == 1);
  CHECK(result.out.find("FAIL wm-worker") != std::string::npos);
}

TEST_CASE("--debug logs everything of one worker to stderr and keeps no deadline") {
  const Job job;
  job.add_picture("a.jpg");
  const ProgramResult result = job.run({"--debug", "--workers", "4", "--timeout", "1ms"});
  CHECK(result.exit_code == 0);
  CHECK(result.err.find("| worker-01  | DEBUG    | ready, pid ") != std::string::npos);
  CHECK(result.err.find("worker-02") == std::string::npos);
  CHECK(job.report()["workers"] == 1);
}

TEST_CASE("without a terminal --gdb runs the worker under gdbserver, which ends with the job") {
  if (!installed("gdbserver")) skip("gdbserver is not installed");
  const Job job;
  job.add_picture("a.jpg");
  RunningProgram running = job.start({"--workers", "1", "--gdb", "1"});
  const auto is_traced = [&] {
    const auto workers = job.workers();
    if (workers.empty()) return false;
    const std::string status = read_file("/proc/" + std::to_string(workers.front()) + "/status");
    return status.find("TracerPid:\t0\n") == std::string::npos;
  };
  REQUIRE(wait_until(is_traced, 60s));
  running.send(SIGTERM);
  const ProgramResult result = running.wait();
  CHECK(result.exit_code == 143);
  CHECK(result.err.find("gdb -ex 'target remote localhost:PORT'") != std::string::npos);
  CHECK(wait_until([&] { return job.workers().empty() && job.workers("gdbserver").empty(); }, 60s));
}

TEST_CASE("wrong use of a subcommand says how it is used and touches nothing") {
  const Job job;
  const auto refusal = [&](Words words) {
    words.insert(words.begin(), Job::supervisor());
    const ProgramResult result = job.run_command(words);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    return result.err;
  };
  CHECK(refusal({"doctor", "--wrker-program", "x"}).find("did you mean --worker-program?") !=
        std::string::npos);
  CHECK(refusal({"doctor", "extra"}).find("unexpected operand extra") != std::string::npos);
  CHECK(refusal({"replay"}).find("usage: wm-supervisor replay CRASH") != std::string::npos);
  CHECK(refusal({"replay", "nothing-like-it"})
            .find("there is no job here; name the job's directory with --job-dir") != std::string::npos);
  CHECK(refusal({"crashes", "/nowhere"}).find("there is no job in /nowhere") != std::string::npos);
  CHECK(refusal({"stacks", "/nowhere"}).find("there is no job in /nowhere") != std::string::npos);
}

}  // namespace
}  // namespace wm::test
