#pragma once

// What becomes of a picture whose file is damaged: --damaged.

#include <array>
#include <cstdint>
#include <string_view>

namespace wm {

enum class DamagedPictures : std::uint8_t {
  fail,  // it fails as corrupt
  mark,  // what can be read is marked, and the outcome says that the picture is damaged
};
inline constexpr std::array<std::string_view, 2> damaged_pictures_names{"fail", "mark"};

}  // namespace wm
