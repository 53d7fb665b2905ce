#pragma once

// A process that this one has started. It has one owner, who hears of its end by its pidfd.

#include <sys/types.h>

#include <optional>
#include <string>

#include "common/os/unique_fd.h"

namespace wm {

struct ProcessEnd {
  int exit_code = 0;
  int signal = 0;  // that killed it; 0: it exited
};

/// "was killed by SIGSEGV", "exited with status 3".
[[nodiscard]] std::string words(const ProcessEnd& end);

class ChildProcess {
 public:
  ChildProcess() = default;
  /// `pid`: a child that was not waited for. Throws std::system_error; then it is dead.
  explicit ChildProcess(pid_t pid);
  ChildProcess(ChildProcess&& other) noexcept { swap(other); }
  /// The other one has this one's process then, and ends with it.
  ChildProcess& operator=(ChildProcess&& other) noexcept {
    swap(other);
    return *this;
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  /// Kills it unless it was reaped.
  ~ChildProcess();

  /// It was started and not reaped.
  [[nodiscard]] explicit operator bool() const noexcept { return pid_ > 0; }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }          // -1: there is none
  [[nodiscard]] int pidfd() const noexcept { return pidfd_.get(); }  // readable when it has ended
  void send(int signal) const noexcept;
  /// How it ended, if it has; then its pid may be another's.
  [[nodiscard]] std::optional<ProcessEnd> reap() noexcept;

 private:
  void swap(ChildProcess& other) noexcept;

  pid_t pid_ = -1;
  UniqueFd pidfd_;
};

}  // namespace wm
