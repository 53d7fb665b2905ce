#pragma once

// How a picture whose file is damaged is treated: --damaged.

#include <array>
#include <cstdint>
#include <string_view>

namespace wm {

enum class DamagedPictures : std::uint8_t {
  fail,  // it fails as corrupt
  mark,  // the readable part is marked, and the outcome reports the damage
};
inline constexpr std::array<std::string_view, 2> damaged_pictures_names{"fail", "mark"};

}  // namespace wm
