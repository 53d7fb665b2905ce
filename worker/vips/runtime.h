#pragma once

// The process's libvips: started once, without the modules that no picture of a job needs, one thread, no
// operation cache. Messages that libvips and its libraries would print are kept for the job's log.

#include <string>
#include <vector>

#include "common/job/log_level.h"

namespace wm {

/// Starts libvips; further calls have no effect. Temporarily changes the environment, so no other thread may
/// run. Throws std::runtime_error.
void start_vips();

/// Stops libvips and its threads, if it was started. Otherwise, when a process ends with threads, one of them
/// frees its memory, on whichever processor it happens to be, and several workers then wait for one.
void stop_vips();

/// Registers AVIF and HEIF with libvips if it has them in a module. The first call costs some 10 ms and
/// memory, so it is made for the first such picture.
void load_heif_module();

struct VipsMessage {
  LogLevel level;
  std::string domain;  // "VIPS"
  std::string text;    // on one line
  std::size_t times = 1;
  [[nodiscard]] bool says_the_same(const VipsMessage& other) const {
    return level == other.level && domain == other.domain && text == other.text;
  }
};

/// libvips' messages since take_vips_messages(), the oldest first: each text once, with its number of
/// occurrences; of many different ones the first and the last few. libvips' threads may add some at any time.
[[nodiscard]] std::vector<VipsMessage> vips_messages();

/// Likewise, but also forgets them. If some were not kept, the last message gives their number.
[[nodiscard]] std::vector<VipsMessage> take_vips_messages();

}  // namespace wm
