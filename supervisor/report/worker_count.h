#pragma once

// The number of workers of a run: never more than files. Pure.

#include <algorithm>
#include <cstdint>
#include <string>

#include "supervisor/text/counted.h"

namespace wm {

/// For a starting run: "8 workers", "1 worker", or "up to 8 workers" while it is not known whether there are
/// so many files. `found` is the number of files found so far, `all_found` whether the scan is finished.
[[nodiscard]] inline std::string workers_text(unsigned configured, std::uint64_t found, bool all_found) {
  const std::uint64_t needed = std::clamp<std::uint64_t>(found, 1, configured);
  if (found >= configured || all_found) return counted(needed, "worker", "workers");
  return "up to " + counted(configured, "worker", "workers");
}

}  // namespace wm
