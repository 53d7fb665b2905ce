#pragma once

// A child of this process. It has one owner, who is notified of its end through its pidfd.

#include <sys/types.h>

#include <optional>
#include <string>

#include "common/os/unique_fd.h"

namespace wm {

struct ProcessEnd {
  int exit_code = 0;
  int signal = 0;  // the signal that killed it; 0: it exited
};

/// "was killed by SIGSEGV", "exited with status 3".
[[nodiscard]] std::string words(const ProcessEnd& end);

class ChildProcess {
 public:
  ChildProcess() = default;
  /// `pid`: a child that was not waited for. Throws std::system_error; then the child has been killed.
  explicit ChildProcess(pid_t pid);
  ChildProcess(ChildProcess&& other) noexcept { swap(other); }
  /// Swaps: the other object then owns this one's process, and kills it when destroyed.
  ChildProcess& operator=(ChildProcess&& other) noexcept {
    swap(other);
    return *this;
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  /// Kills it unless it was reaped. If it does not end within some seconds, it is left behind.
  ~ChildProcess();

  /// Whether it was started and not yet reaped.
  [[nodiscard]] explicit operator bool() const noexcept { return pid_ > 0; }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }          // -1: none
  [[nodiscard]] int pidfd() const noexcept { return pidfd_.get(); }  // readable when it has ended
  void send(int signal) const noexcept;
  [[nodiscard]] bool has_ended() const noexcept;
  /// Nobody waits for its end any more.
  void leave() noexcept { pid_ = -1; }
  /// Its end, if it has ended; then its pid may be reused.
  [[nodiscard]] std::optional<ProcessEnd> reap() noexcept;

 private:
  void swap(ChildProcess& other) noexcept;

  pid_t pid_ = -1;
  UniqueFd pidfd_;
};

}  // namespace wm
