#pragma once

// "1 file", "2 files".

#include <cstdint>
#include <string>
#include <string_view>

namespace wm {

[[nodiscard]] inline std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count).append(" ").append(count == 1 ? one : many);
}

}  // namespace wm
