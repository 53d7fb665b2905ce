#pragma once

// The signals that a running job answers to, as a descriptor. Main thread, before any other thread starts.

#include <optional>

#include "common/os/unique_fd.h"

namespace wm {

class SignalQueue {
 public:
  /// Blocks SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1 and SIGCONT (which continues the process all the same)
  /// and ignores SIGPIPE. Throws std::system_error.
  SignalQueue();

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// The next signal's number, none when there is none.
  [[nodiscard]] std::optional<int> take() const;
  /// SIGCONT is among those that are not taken yet: the process was stopped.
  [[nodiscard]] static bool was_continued() noexcept;

 private:
  UniqueFd fd_;
};

}  // namespace wm
