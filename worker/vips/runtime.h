#pragma once

// The process's libvips: started once, without the modules that no picture of a job needs, one thread, no
// operation cache. What libvips and its libraries would print is kept for the job's log.

#include <string>
#include <vector>

#include "common/job/log_level.h"

namespace wm {

/// Starts libvips; further calls do nothing. Changes the environment for a moment, so no other thread may
/// run. Throws std::runtime_error.
void start_vips();

/// Ends libvips and its threads, if it was started. When a process ends with threads, one of them frees its
/// memory, on whichever processor it was left; several workers then wait for one.
void stop_vips();

/// Makes AVIF and HEIF known to libvips where it has them in a module. Costs some 10 ms and memory at the
/// first call, so it is made when the first such picture is met.
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

/// What libvips said since take_vips_messages(), the oldest first: each text once, with how often it came,
/// and of many different ones the first and the last few. Its threads may speak at any time.
[[nodiscard]] std::vector<VipsMessage> vips_messages();

/// The same, and forgets it. When some were not kept, one that says how many stands at the end.
[[nodiscard]] std::vector<VipsMessage> take_vips_messages();

}  // namespace wm
