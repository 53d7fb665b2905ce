#pragma once

// The frames of a GIF as browsers show them, each whole. What no frame has covered is transparent, whatever
// the file calls its background, and so is what a frame leaves behind that is to be cleared. An index beyond
// the colours of its frame leaves what is there, as the transparent one does. The screen grows to hold the
// first frame; what reaches beyond it is cut off. Knows no libvips. One thread.

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
  bool transparent = false;        // some pixel of some frame is
  bool anything = false;           // some index could be decoded
  std::uint64_t missing_rows = 0;  // of frames, counted as far as data are missing or wrong
  std::string fault;               // the first one, for a person: "frame 3 has ..."; "" where there is none
};

/// Draws all frames into `pixels`, RGBA, one below another. A damaged frame is drawn as far as it can be
/// decoded. Throws std::bad_alloc.
[[nodiscard]] Drawn draw_frames(const Animation& animation, std::span<std::uint8_t> pixels);

}  // namespace wm::gif
