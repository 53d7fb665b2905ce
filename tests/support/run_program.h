#pragma once

// A program under test: started with everything it says captured, waited for with a limit, killed if need be.
// It ends with the thread that started it, even when CTest kills the test. One thread. Throws
// std::system_error when it cannot be started.

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/os/unique_fd.h"

namespace wm::test {

using Words = std::vector<std::string>;

struct ProgramOptions {
  std::string directory;                 // working directory; "" is that of the test
  std::string standard_input;            // its bytes
  std::optional<int> standard_input_fd;  // instead of them
  Words environment;                     // NAME=VALUE, besides the test's own
  std::optional<mode_t> umask;
  bool own_group = false;  // its process group is its own, as a shell with job control starts it
};

struct ProgramResult {
  int exit_code = -1;  // -1: ended by a signal
  int signal = 0;
  bool timed_out = false;  // and therefore killed
  std::chrono::duration<double> elapsed{};
  std::string out, err;
};

/// With its line feed.
[[nodiscard]] bool is_one_line(const std::string& text);

class RunningProgram {
 public:
  /// `command[0]` is the path of the program.
  explicit RunningProgram(const Words& command, const ProgramOptions& options = {});
  /// Kills it.
  ~RunningProgram();
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  [[nodiscard]] bool has_ended() const;
  void send(int signal) const;
  /// Once only.
  [[nodiscard]] ProgramResult wait(std::chrono::milliseconds limit = std::chrono::minutes(5));

 private:
  using Clock = std::chrono::steady_clock;
  const Clock::time_point began_ = Clock::now();
  UniqueFd out_, err_, pidfd_;
  pid_t pid_ = -1;
};

[[nodiscard]] ProgramResult run_program(const Words& command, const ProgramOptions& options = {},
                                        std::chrono::milliseconds limit = std::chrono::minutes(5));

}  // namespace wm::test
