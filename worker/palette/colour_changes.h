#pragma once

// Records which colours a mark has changed into which others in a picture of few colours: shows whether the
// mark is still visible with a palette, or has been mapped back to the original colours. Pure.

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "worker/palette/palette.h"

namespace wm {

class ColourChanges {
 public:
  /// Beyond this number of colour pairs, new ones are not counted.
  explicit ColourChanges(std::size_t most_pairs) : most_pairs_(most_pairs) {}

  void add(PaletteColour before, PaletteColour after);

  /// The visible part of the change when every pixel takes the nearest of `colours`: 1 for all of it, 0 when
  /// the mark is gone.
  [[nodiscard]] double seen_in(const std::vector<PaletteColour>& colours) const;

 private:
  std::size_t most_pairs_;
  std::unordered_map<std::uint64_t, std::uint32_t> pixels_of_;
};

}  // namespace wm
