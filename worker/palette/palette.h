#pragma once

// Reduces marked pixels to few colours while the input's own colours are unchanged: an output with a palette
// is identical to its input outside of the marks. Pure.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_set>
#include <vector>

namespace wm {

/// The samples of a pixel, 8 bits each, the first one lowest.
using PaletteColour = std::uint32_t;

/// 8-bit samples of 1..4 bands, row by row without gaps. Borrowed.
struct PalettePixels {
  std::span<std::byte> samples;
  int bands = 3;
  [[nodiscard]] std::size_t count() const { return samples.size() / static_cast<std::size_t>(bands); }
  [[nodiscard]] PaletteColour at(std::size_t pixel) const {
    PaletteColour colour = 0;
    for (int band = bands; band-- > 0;)
      colour = colour << 8 | std::to_integer<PaletteColour>(sample(pixel, band));
    return colour;
  }
  void set(std::size_t pixel, PaletteColour colour) const {
    for (int band = 0; band < bands; ++band) sample(pixel, band) = static_cast<std::byte>(colour >> 8 * band);
  }

 private:
  [[nodiscard]] std::byte& sample(std::size_t pixel, int band) const {
    return samples[pixel * static_cast<std::size_t>(bands) + static_cast<std::size_t>(band)];
  }
};

/// The largest difference of their samples.
[[nodiscard]] int largest_difference(PaletteColour a, PaletteColour b);

/// The first of the nearest ones; `wanted` itself when `colours` is empty.
[[nodiscard]] PaletteColour nearest_colour(PaletteColour wanted, const std::vector<PaletteColour>& colours);

using ColourSet = std::unordered_set<PaletteColour>;

/// Nullopt when there are more than `limit`.
[[nodiscard]] std::optional<ColourSet> distinct_colours(const PalettePixels& pixels, std::size_t limit);

struct PaletteFit {
  std::vector<PaletteColour> colours;  // at most the limit
  double error = 0;  // mean over pixels with colours not in `own`: largest difference of a sample
};

/// A palette of at most `limit` colours for `pixels`. `own` are the input's, in order; those in use come
/// first and keep that order, and the rest of the limit is given to the other colours of the pixels, by
/// median cut (Heckbert, 1982). The pixels are unchanged.
[[nodiscard]] PaletteFit fit_palette(const PalettePixels& pixels, const std::vector<PaletteColour>& own,
                                     std::size_t limit);

/// Removes the unused colours of `own`, and `count` more: repeatedly the one whose pixels lose least by
/// taking the nearest remaining colour of the same transparency. The pixels are changed to that. One colour
/// stays.
void make_room(const PalettePixels& pixels, std::vector<PaletteColour>& own, std::size_t count);

/// Every pixel takes the nearest of `colours`; exact matches are unchanged.
void map_to_palette(const PalettePixels& pixels, const std::vector<PaletteColour>& colours);

/// The position in `colours` of each pixel's colour, the first of equals; all must be present.
[[nodiscard]] std::vector<std::uint8_t> palette_indices(const PalettePixels& pixels,
                                                        const std::vector<PaletteColour>& colours);

}  // namespace wm
