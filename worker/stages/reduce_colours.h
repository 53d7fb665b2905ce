#pragma once

// Keeps marked pictures within the few colours of their input's mode: palettes of PNG, GIF and TIFF, grey of
// 1, 2 or 4 bits. Samples outside of the marks are unchanged, since they already have the input's colours.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "worker/palette/palette.h"
#include "worker/stages/picture.h"

namespace wm {

struct FewColours {
  int depth = 8;                                   // bits a pixel
  std::vector<PaletteColour> palette;              // empty: levels of grey, the highest is white
  std::vector<std::vector<PaletteColour>> frames;  // GIF: one palette for each
};

/// The colours of GIF frames before they are marked; afterwards the original colours cannot be told apart.
[[nodiscard]] std::vector<std::vector<PaletteColour>> frame_colours(const Picture& picture);

/// Maps the pixels of `picture`, to be written as `format`, to the colours of its mode. Nullopt when the mode
/// has no such limit, or when the marks would look too poor: then `notes` names the new mode.
[[nodiscard]] std::optional<FewColours> reduce_colours(Picture& picture, PictureFormat format,
                                                       std::vector<std::string>& notes);

/// For each pixel that reduce_colours() has mapped, the index of its colour in the palette, or its level.
[[nodiscard]] std::vector<std::uint8_t> indices_of(const Picture& picture, const FewColours& colours);

/// A PNG of pixels that reduce_colours() has mapped.
[[nodiscard]] std::vector<std::byte> save_indexed_png(const Picture& picture, const FewColours& colours,
                                                      int compression, bool interlaced);

/// Likewise a GIF.
[[nodiscard]] std::vector<std::byte> save_gif(const Picture& picture, const FewColours& colours);

}  // namespace wm
