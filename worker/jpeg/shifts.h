#pragma once

// How positions in a file move when parts of it become longer or shorter. Pure.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace wm::jpeg {

struct Shift {
  std::size_t at = 0;   // bytes of the old file starting here have moved
  std::int64_t by = 0;  // relative to the bytes before
};

/// The position in the new file of the byte at `position` in the old one.
[[nodiscard]] inline std::int64_t moved(std::int64_t position, const std::vector<Shift>& shifts) {
  std::int64_t result = position;
  for (const Shift& shift : shifts) {
    if (position >= static_cast<std::int64_t>(shift.at)) result += shift.by;
  }
  return result;
}

}  // namespace wm::jpeg
