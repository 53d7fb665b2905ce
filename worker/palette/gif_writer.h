#pragma once

// Writes GIF files frame by frame, each with exactly the colours that it is given: libvips' saver quantises
// them once more and merges those that are near. Over cgif, which leaves out what a frame has in common with
// the one before. Knows no libvips. One thread.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace wm {

struct GifColour {
  std::uint8_t red = 0, green = 0, blue = 0;
  bool operator==(const GifColour&) const = default;
};

struct GifFrame {
  std::vector<GifColour> palette;           // 1..256
  std::span<const std::uint8_t> indices;    // of the whole picture, each within the palette; borrowed
  std::optional<std::uint8_t> transparent;  // the index that shows what is behind the GIF
  int delay = 0;                            // in hundredths of a second
};

class GifWriter {
 public:
  /// `plays` is how often an animation is shown, 0 for ever. A still picture is no animation. The first
  /// frame's palette is the file's; others are their frame's own. Throws std::runtime_error, std::bad_alloc.
  GifWriter(int width, int height, bool animated, int plays, const std::vector<GifColour>& palette);
  ~GifWriter();
  GifWriter(const GifWriter&) = delete;
  GifWriter& operator=(const GifWriter&) = delete;

  /// Throws std::runtime_error, std::bad_alloc.
  void add(const GifFrame& frame);
  /// The file. Nothing may follow. Throws as add() does.
  [[nodiscard]] std::vector<std::byte> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wm
