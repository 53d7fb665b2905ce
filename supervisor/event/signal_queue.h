#pragma once

// The signals that a running job handles, as a descriptor. Main thread, before any other thread starts.

#include <optional>

#include "common/os/unique_fd.h"

namespace wm {

class SignalQueue {
 public:
  /// Blocks SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGTSTP and SIGCONT (which still continues the
  /// process) and ignores SIGPIPE. Throws std::system_error.
  SignalQueue();

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// The number of the next signal; none when no signal is pending.
  [[nodiscard]] std::optional<int> take() const;
  /// What SIGTSTP (Ctrl-Z) would have done had it not been blocked: stops the process until SIGCONT, if there
  /// is a shell that could send it.
  static void suspend() noexcept;
  /// Whether SIGCONT is pending: the process was stopped.
  [[nodiscard]] static bool was_continued() noexcept;

 private:
  UniqueFd fd_;
};

}  // namespace wm
