#pragma once

// Keeps marked pictures within the few colours that their input's mode has: palettes of PNG, GIF and
// TIFF, grey of 1, 2 or 4 bits. Samples outside of the marks are not touched, since their colours are the
// input's.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "worker/palette/palette.h"
#include "worker/stages/picture.h"

namespace wm {

struct FewColours {
  int depth = 8;                                   // bits a pixel
  std::vector<PaletteColour> palette;              // none: levels of grey, the highest is white
  std::vector<std::vector<PaletteColour>> frames;  // GIF: a palette each
};

/// Of what GIF frames show before they are marked; afterwards nobody could tell the colours apart.
[[nodiscard]] std::vector<std::vector<PaletteColour>> frame_colours(const Picture& picture);

/// Maps the pixels of `picture`, to be written as `format`, to the colours of its mode. None when the mode
/// has no such limit, or when the marks would look too poor: then `notes` says what it became.
[[nodiscard]] std::optional<FewColours> reduce_colours(Picture& picture, PictureFormat format,
                                                       std::vector<std::string>& notes);

/// Of each pixel that reduce_colours() has mapped, the place of its colour in the palette, or its level.
[[nodiscard]] std::vector<std::uint8_t> indices_of(const Picture& picture, const FewColours& colours);

/// A PNG of what reduce_colours() has mapped.
[[nodiscard]] std::vector<std::byte> save_indexed_png(const Picture& picture, const FewColours& colours,
                                                      int compression, bool interlaced);

/// Likewise a GIF.
[[nodiscard]] std::vector<std::byte> save_gif(const Picture& picture, const FewColours& colours);

}  // namespace wm
