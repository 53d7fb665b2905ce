#pragma once

// The frames of a GIF as browsers show them, each complete. Areas that no frame has covered are transparent,
// whatever the file's background colour, and so are the areas of a frame that is cleared. An index beyond the
// colours of its frame leaves the pixel unchanged, like the transparent one. The screen grows to hold the
// first frame; parts beyond it are cut off. Independent of libvips. One thread.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "worker/gif/gif_frames.h"

namespace wm::gif {

struct ScreenSize {
  std::uint32_t width = 0, height = 0;
};
[[nodiscard]] ScreenSize screen_of(const Animation& animation);

struct Drawn {
  bool transparent = false;        // some pixel of some frame is transparent
  bool anything = false;           // some index could be decoded
  std::uint64_t missing_rows = 0;  // of frames, where data are missing or wrong
  std::string fault;               // the first one, for users: "frame 3 has ..."; "" if there is none
};

/// Draws all frames into `pixels`, RGBA, stacked vertically. Draws as much of a damaged frame as can be
/// decoded. Throws std::bad_alloc.
[[nodiscard]] Drawn draw_frames(const Animation& animation, std::span<std::uint8_t> pixels);

}  // namespace wm::gif
