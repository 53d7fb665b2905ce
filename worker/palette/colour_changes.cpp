#include "worker/palette/colour_changes.h"

namespace wm {

void ColourChanges::add(PaletteColour before, PaletteColour after) {
  if (before == after) return;
  const std::uint64_t pair = std::uint64_t{before} << 32 | after;
  if (const auto found = pixels_of_.find(pair); found != pixels_of_.end()) {
    ++found->second;
  } else if (pixels_of_.size() < most_pairs_) {
    pixels_of_.emplace(pair, 1);
  }
}

double ColourChanges::seen_in(const std::vector<PaletteColour>& colours) const {
  double meant = 0, seen = 0;
  for (const auto& [pair, count] : pixels_of_) {
    const auto before = static_cast<PaletteColour>(pair >> 32);
    const auto after = static_cast<PaletteColour>(pair);
    meant += static_cast<double>(count) * largest_difference(before, after);
    seen += static_cast<double>(count) * largest_difference(before, nearest_colour(after, colours));
  }
  return meant == 0 ? 1 : seen / meant;
}

}  // namespace wm
