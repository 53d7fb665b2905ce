#pragma once

// Which colours a mark has changed into which others, of a picture of few colours: whether a palette still
// shows the mark, or has taken it for what was there before. Pure.

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "worker/palette/palette.h"

namespace wm {

class ColourChanges {
 public:
  /// Beyond so many pairs of colours new ones are not counted.
  explicit ColourChanges(std::size_t most_pairs) : most_pairs_(most_pairs) {}

  void add(PaletteColour before, PaletteColour after);

  /// How much of the change is seen when every pixel takes the nearest of `colours`: 1 for all of it, 0 when
  /// the mark is gone.
  [[nodiscard]] double seen_in(const std::vector<PaletteColour>& colours) const;

 private:
  std::size_t most_pairs_;
  std::unordered_map<std::uint64_t, std::uint32_t> pixels_of_;
};

}  // namespace wm
