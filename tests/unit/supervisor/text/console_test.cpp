#include "supervisor/text/console.h"

#include <csignal>
#include <string>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/pipe_as_stderr.h"

namespace wm::test {
namespace {

/// Returns what filled it.
std::string fill_stderr() {
  std::string filling;
  while (writable_now(STDERR_FILENO, "x") > 0) {
    const std::string piece(4096, '.');
    filling += piece;
    REQUIRE(::write(STDERR_FILENO, piece.data(), piece.size()) == 4096);
  }
  return filling;
}

TEST_CASE("a message for somebody who reads late arrives whole") {
  bound_waiting_for_stderr();
  PipeAsStderr pipe;
  std::string lines;
  for (int i = 0; i < 50'000; ++i) lines += std::to_string(i) + " is a line\n";
  std::thread writer([&] { say(lines + "end\n"); });
  const std::string arrived = pipe.read_to("end\n");
  writer.join();
  CHECK(arrived == lines + "end\n");
}

TEST_CASE("nobody waits long for a stderr that is not read, and it is written again once it is") {
  bound_waiting_for_stderr();
  PipeAsStderr pipe;
  const std::string filling = fill_stderr();
  complain_if_possible("lost without waiting");
  say_if_possible("lost without waiting\n");
  say("lost after the longest wait\n");
  for (int i = 0; i < 1000; ++i) complain("lost at once, or this would take hours");
  std::string before;
  while (before.size() < filling.size()) before += pipe.read();
  CHECK(before == filling);
  complain("heard");
  CHECK(pipe.read() == "wm-supervisor: heard\n");
}

TEST_CASE("a stderr without a reader is not waited for") {
  ::signal(SIGPIPE, SIG_IGN);
  PipeAsStderr pipe;
  fill_stderr();
  pipe.close_reader();
  say("nobody hears this\n");
  complain("nor this");
}

}  // namespace
}  // namespace wm::test
