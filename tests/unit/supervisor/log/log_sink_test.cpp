#include "supervisor/log/log_sink.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "supervisor/text/console.h"
#include "tests/support/catch.h"
#include "tests/support/pipe_as_stderr.h"

namespace wm::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t line_count = 10'000;

/// Has more lines than a pipe takes.
void write_lines(LogSink& sink) {
  sink.open(std::nullopt, "-");
  sink.write(std::vector<LogEvent>(line_count, log_event(std::nullopt, LogLevel::info, "a line of the log")));
  sink.flush();
}

LogSettings to_stderr() {
  LogSettings settings;
  settings.file = "-";
  return settings;
}

TEST_CASE("at the end, a reader of standard error that comes late gets every line") {
  bound_waiting_for_stderr();
  PipeAsStderr pipe;
  LogSink sink(to_stderr());
  write_lines(sink);
  constexpr std::string_view end = "end\n";
  std::thread closing([&] {
    sink.close(1min);
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, end.data(), end.size());
  });
  std::this_thread::sleep_for(200ms);  // long enough for the first attempt, which finds a full pipe
  const std::string arrived = pipe.read_to(end);
  closing.join();
  CHECK(std::ranges::count(arrived, '\n') == line_count + 1);
  CHECK(sink.lost() == 0);
}

TEST_CASE("a line of which standard error got only a part does not swallow the message about it") {
  bound_waiting_for_stderr();
  PipeAsStderr pipe;
  LogSink sink(to_stderr());
  sink.open(std::nullopt, "-");
  sink.write({log_event(std::nullopt, LogLevel::info, std::string(200'000, 'x'))});
  std::thread closing([&] { sink.close(0ms); });
  while (sink.lost() == 0) std::this_thread::sleep_for(1ms);
  const std::string arrived = pipe.read_to("its reader is too slow\n");
  closing.join();
  CHECK(arrived.find("xx\nwm-supervisor: 1 log line could not be written to standard error: ") !=
        std::string::npos);
}

TEST_CASE("a signal that asks for a stop ends the wait for the reader") {
  bound_waiting_for_stderr();
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  REQUIRE(::pthread_sigmask(SIG_BLOCK, &stop, nullptr) == 0);
  PipeAsStderr pipe;
  LogSink sink(to_stderr());
  write_lines(sink);
  ::raise(SIGTERM);
  sink.close(1h);
  CHECK(sink.lost() > 0);
  CHECK(sink.written() + sink.lost() == line_count);
  const timespec none{};
  CHECK(::sigtimedwait(&stop, nullptr, &none) == SIGTERM);
  ::pthread_sigmask(SIG_UNBLOCK, &stop, nullptr);
}

}  // namespace
}  // namespace wm::test
