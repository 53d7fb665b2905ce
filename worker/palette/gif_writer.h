#pragma once

// Writes GIF files frame by frame, each with exactly the given colours: libvips' saver quantises them again
// and merges similar ones. Uses cgif, which omits the parts that a frame shares with the previous one.
// Independent of libvips. One thread.

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
  std::span<const std::uint8_t> indices;    // of the whole picture, all within the palette; borrowed
  std::optional<std::uint8_t> transparent;  // the index of transparent pixels
  int delay = 0;                            // in hundredths of a second
};

class GifWriter {
 public:
  /// `plays` is the number of repetitions of an animation, 0 for ever. A still picture is not an animation.
  /// The first frame's palette is the file's; other frames have their own. Throws std::runtime_error,
  /// std::bad_alloc.
  GifWriter(int width, int height, bool animated, int plays, const std::vector<GifColour>& palette);
  ~GifWriter();
  GifWriter(const GifWriter&) = delete;
  GifWriter& operator=(const GifWriter&) = delete;

  /// Throws std::runtime_error, std::bad_alloc.
  void add(const GifFrame& frame);
  /// Returns the file. No further calls are allowed. Throws as add() does.
  [[nodiscard]] std::vector<std::byte> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wm
