#pragma once

// What a user who stops a run is told at once. Pure.

#include <chrono>
#include <cstddef>
#include <string>

#include "supervisor/text/journal_stream.h"

namespace wm {

struct StopRequest {
  int signal = 0;                     // SIGINT, SIGTERM or SIGQUIT
  bool on_terminal = false;           // the user can press Ctrl-C (again)
  std::size_t in_progress = 0;        // pictures that workers have begun
  std::chrono::milliseconds grace{};  // how long they may take; zero: they are given up
};

/// "finishing 2 pictures (up to 10 s); press Ctrl-C again to stop now"
[[nodiscard]] std::string stop_answer(const StopRequest& request);

/// Of the reason why a run stopped: that somebody asked for it is no error. `exit_code`: of the stop.
[[nodiscard]] constexpr JournalPriority priority_of_stop(int exit_code) noexcept {
  return exit_code > 128 ? JournalPriority::notice : JournalPriority::error;
}

}  // namespace wm
