#include "supervisor/process/run_program.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <system_error>

#include "tests/support/catch.h"

namespace wm {
namespace {

using namespace std::chrono_literals;
using Result = ProgramRun::Result;

SpawnRequest shell(const std::string& script) {
  return {.program = "/bin/sh", .arguments = {"sh", "-c", script}};
}

TEST_CASE("a program's output is kept to its end, and how it ended") {
  const ProgramRun run = run_program(shell("printf 'a\\0b'; exit 3"), STDOUT_FILENO, {});
  CHECK(run.result == Result::ended);
  CHECK(run.output == std::string("a\0b", 3));
  CHECK(run.end.exit_code == 3);
  CHECK(words(run.end) == "exited with status 3");
  CHECK(words(run_program(shell("kill -SEGV $$"), STDOUT_FILENO, {}).end) == "was killed by SIGSEGV");
}

TEST_CASE("a program that hangs, with its output open or closed, is killed") {
  for (const std::string script : {"exec sleep 1000", "exec >&- sleep 1000"}) {
    CAPTURE(script);
    CHECK(run_program(shell(script), STDOUT_FILENO, {.time = 100ms}).result == Result::too_slow);
  }
}

TEST_CASE("a program that writes without end is killed") {
  const ProgramRun run = run_program(shell("exec cat /dev/zero"), STDOUT_FILENO, {.output_bytes = 100'000});
  CHECK(run.result == Result::too_much_output);
  CHECK(run.output.size() < 1'000'000);
}

TEST_CASE("a program is killed when it must end") {
  int asked = 0;
  pid_t pid = 0;
  const auto third_time = [&](pid_t child) {
    pid = child;
    return ++asked == 3;
  };
  CHECK(run_program(shell("exec sleep 1000"), STDOUT_FILENO, {.must_end = third_time}).result ==
        Result::stopped);
  CHECK(::kill(pid, 0) == -1);
}

TEST_CASE("a program that does not exist cannot be started") {
  CHECK_THROWS_AS(run_program({.program = "/no/such/program", .arguments = {"program"}}, STDOUT_FILENO, {}),
                  std::system_error);
}

TEST_CASE("a program gets the descriptors that are named, whatever their numbers are here, and no other") {
  // Two descriptors that have each other's number in the child.
  const Pipe one = make_pipe();
  const Pipe other = make_pipe();
  const UniqueFd unguarded(::fcntl(one.write_end.get(), F_DUPFD, 100));  // as a library may leave one
  REQUIRE(::write(one.write_end.get(), "one", 3) == 3);
  REQUIRE(::write(other.write_end.get(), "other", 5) == 5);
  SpawnRequest request = shell("head -c 3 <&" + std::to_string(other.read_end.get()) + "; head -c 5 <&" +
                               std::to_string(one.read_end.get()) + "; cat; ls /proc/$$/fd | tr '\\n' ' '");
  request.descriptors = {{one.read_end.get(), other.read_end.get()},
                         {other.read_end.get(), one.read_end.get()}};
  request.null_descriptors = {STDIN_FILENO};
  const ProgramRun run = run_program(request, STDOUT_FILENO, {});
  CHECK(run.output.substr(0, 8) == "oneother");
  CHECK(run.output.find(" " + std::to_string(one.write_end.get()) + " ") == std::string::npos);
  CHECK(run.output.find(" " + std::to_string(other.write_end.get()) + " ") == std::string::npos);
  CHECK(run.output.find(" " + std::to_string(unguarded.get()) + " ") == std::string::npos);
}

TEST_CASE("a program has its signals as a new process has them, but for those that are blocked") {
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  struct sigaction before {};
  REQUIRE(::sigaction(SIGHUP, &ignore, &before) == 0);
  SpawnRequest request = shell("exec cat /proc/self/status");
  request.blocked_signals = {SIGUSR1};
  const std::string status = run_program(request, STDOUT_FILENO, {}).output;
  REQUIRE(::sigaction(SIGHUP, &before, nullptr) == 0);
  const auto mask = [&](const std::string& name) {
    return std::stoull(status.substr(status.find(name) + name.size()), nullptr, 16);
  };
  constexpr std::uint64_t standard = 0x7fffffff;  // without signals 32 and 33, which glibc uses
  CHECK((mask("SigIgn:") & standard) == 0);
  CHECK(mask("SigBlk:") == std::uint64_t{1} << (SIGUSR1 - 1));
}

TEST_CASE("a program can be kept from seeing a variable") {
  REQUIRE(::setenv("WM_TEST_VARIABLE", "here", 1) == 0);
  SpawnRequest request = shell("echo \"$WM_TEST_VARIABLE.\"");
  CHECK(run_program(request, STDOUT_FILENO, {}).output == "here.\n");
  request.without_variables = {"WM_TEST_VARIABLE"};
  CHECK(run_program(request, STDOUT_FILENO, {}).output == ".\n");
  ::unsetenv("WM_TEST_VARIABLE");
}

TEST_CASE("a process ends at the latest with its owner") {
  pid_t pid = 0;
  {
    ChildProcess child = spawn({.program = "sleep", .arguments = {"sleep", "1000"}});
    CHECK_FALSE(child.reap());
    ChildProcess moved = std::move(child);
    CHECK_FALSE(child);
    pid = moved.pid();
    CHECK(::kill(pid, 0) == 0);
  }
  CHECK(::kill(pid, 0) == -1);
}

}  // namespace
}  // namespace wm
