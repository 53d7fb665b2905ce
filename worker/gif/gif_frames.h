#pragma once

// The frames of a GIF file (GIF89a) in terms of what a viewer shows. Decodes nothing yet. Borrows the bytes,
// which may be hostile. Pure.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace wm::gif {

using Bytes = std::span<const std::byte>;

/// What happens to a frame before the next one is drawn.
enum class Disposal : std::uint8_t { keep, clear, restore };

struct Frame {
  std::uint32_t left = 0, top = 0, width = 0, height = 0;  // may reach beyond the screen
  bool interlaced = false;
  Disposal disposal = Disposal::keep;
  std::optional<std::uint8_t> transparent;
  int delay = 0;  // in hundredths of a second
  Bytes palette;  // three bytes a colour: the frame's own, or the file's; may be empty
  int root_bits = 0;
  Bytes data;         // sub-blocks with their sizes, as far as they exist
  bool whole = true;  // the file does not end within it
  [[nodiscard]] std::size_t colours() const { return palette.size() / 3; }
  [[nodiscard]] std::size_t pixels() const { return std::size_t{width} * height; }
};

struct Animation {
  std::uint32_t width = 0, height = 0;  // of the screen
  std::vector<Frame> frames;
  int plays = 1;       // 0: for ever
  bool ended = false;  // by a trailer
  bool lost = false;   // a block after the frames is incomplete or of an unknown kind
};

/// Nullopt when the header is incomplete. A frame in which the file ends is the last one.
[[nodiscard]] std::optional<Animation> read_frames(Bytes file);

/// The row of the picture that is stored as row `row` of an interlaced frame.
[[nodiscard]] std::uint32_t deinterlaced_row(std::uint32_t row, std::uint32_t height);

}  // namespace wm::gif
