#pragma once

// The signals that a running job answers to, as a descriptor. Main thread, before any other thread starts.

#include <optional>

#include "common/os/unique_fd.h"

namespace wm {

class SignalQueue {
 public:
  /// Blocks SIGINT, SIGTERM, SIGHUP and SIGUSR1 and ignores SIGPIPE. Throws std::system_error.
  SignalQueue();

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// The next signal's number, none when there is none.
  [[nodiscard]] std::optional<int> take() const;

 private:
  UniqueFd fd_;
};

}  // namespace wm
