#include "supervisor/process/run_program.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace wm {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Result = ProgramRun::Result;

class Watch {
 public:
  Watch(const ChildProcess& child, const ProgramLimits& limits) : child_(child), limits_(limits) {}

  /// Waits until `fd` is readable, as long as the limits allow. `ended`: it is.
  [[nodiscard]] Result wait_for(int fd) const {
    for (;;) {
      if (limits_.must_end && limits_.must_end(child_.pid())) return Result::stopped;
      auto pause = 50ms;
      if (limits_.time > 0ms) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(began_ + limits_.time - Clock::now());
        if (left <= 0ms) return Result::too_slow;
        pause = std::min(pause, left);
      }
      pollfd watched{fd, POLLIN, 0};
      if (::poll(&watched, 1, static_cast<int>(pause.count())) > 0) return Result::ended;
    }
  }

  [[nodiscard]] Result read_to_end(int fd, std::string& output) const {
    std::array<char, 65536> chunk{};
    for (;;) {
      if (const Result result = wait_for(fd); result != Result::ended) return result;
      const ssize_t got = ::read(fd, chunk.data(), chunk.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return Result::ended;
      output.append(chunk.data(), static_cast<std::size_t>(got));
      if (output.size() > limits_.output_bytes) return Result::too_much_output;
    }
  }

 private:
  const ChildProcess& child_;
  const ProgramLimits& limits_;
  Clock::time_point began_ = Clock::now();
};

}  // namespace

ProgramRun run_program(SpawnRequest request, int output, const ProgramLimits& limits) {
  Pipe pipe = make_pipe();
  request.descriptors.push_back({pipe.write_end.get(), output});
  ChildProcess child = spawn(request);
  pipe.write_end.reset();
  const Watch watch(child, limits);
  ProgramRun run;
  run.result = watch.read_to_end(pipe.read_end.get(), run.output);
  if (run.result == Result::ended) run.result = watch.wait_for(child.pidfd());
  if (run.result == Result::ended) run.end = child.reap().value_or(ProcessEnd{});
  return run;
}

}  // namespace wm
