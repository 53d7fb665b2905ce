#include "worker/stages/reduce_colours.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "worker/container/png_chunks.h"
#include "worker/palette/gif_writer.h"
#include "worker/palette/indexed_png.h"
#include "worker/stages/icc_profile.h"
#include "worker/vips/image_bytes.h"

namespace wm {
namespace {

// Acceptable mean error of the marks' pixels, in levels of 255. In black and white, an opaque mark with soft
// edges is below it, half transparent text far above.
constexpr double max_error = 16;
constexpr std::size_t max_palette = 256;

PalettePixels palette_pixels(const Picture& picture, int first_row, int rows) {
  // The picture is this task's own memory, which libvips only hands out as const.
  auto* const first = static_cast<std::byte*>(const_cast<void*>(picture.image.data()));
  const std::size_t row = row_bytes(picture.image);
  return {{first + static_cast<std::size_t>(first_row) * row, static_cast<std::size_t>(rows) * row},
          picture.image.bands()};
}

PalettePixels palette_pixels(const Picture& picture) {
  return palette_pixels(picture, 0, picture.image.height());
}

std::string bits(int depth) {
  return fmt::format("{} {}", depth, depth == 1 ? "bit" : "bits");
}

bool has_palette_pixels(const Picture& picture) {
  return picture.image.format() == VIPS_FORMAT_UCHAR && picture.image.bands() <= 4;
}

/// tRNS of a PNG without a palette.
bool has_transparent_colour(const Picture& picture) {
  const int type = picture.png.colour_type;
  return picture.layout.has_alpha && (type == 0 || type == 2);
}

/// PLTE and tRNS, as the samples that libvips decodes them to; empty when they do not match the pixels.
std::vector<PaletteColour> png_palette(const Picture& picture) {
  const auto chunks = container::read_png_chunks(picture.input.bytes());
  if (!chunks || picture.image.bands() < 3) return {};
  const auto data = [&](std::string_view type) {
    const container::PngChunk* const chunk = chunks->find(type);
    return chunk == nullptr ? container::ByteSpan{} : chunk->data;
  };
  const container::ByteSpan colours = data("PLTE"), alpha = data("tRNS");
  std::vector<PaletteColour> palette;
  for (std::size_t i = 0; i + 2 < colours.size() && palette.size() < max_palette; i += 3) {
    PaletteColour colour = container::u8(colours, i) | PaletteColour{container::u8(colours, i + 1)} << 8 |
                           PaletteColour{container::u8(colours, i + 2)} << 16;
    const std::size_t entry = i / 3;
    const PaletteColour opacity = entry < alpha.size() ? container::u8(alpha, entry) : 255;
    if (picture.image.bands() == 4) colour |= opacity << 24;
    palette.push_back(colour);
  }
  return palette;
}

/// Whether more than half of a mark's changes would be invisible in these colours: a faint mark takes the
/// colour of the pixels under it. `page` -1: on any page.
bool loses_a_mark(const Picture& picture, const std::vector<PaletteColour>& colours, int page = -1) {
  constexpr double least_seen = 0.5;
  return std::ranges::any_of(picture.marked_pages, [&](const Picture::MarkedPage& marked) {
    return (page < 0 || marked.page == page) && marked.changes.seen_in(colours) < least_seen;
  });
}

std::vector<PaletteColour> grey_levels(int depth) {
  std::vector<PaletteColour> levels;
  const PaletteColour highest = (1U << depth) - 1;
  for (PaletteColour level = 0; level <= highest; ++level) levels.push_back(level * 255 / highest);
  return levels;
}

/// Likewise for a TIFF's colour map: its high bytes, or its low ones where an old program wrote it so.
std::vector<PaletteColour> tiff_palette(const Picture& picture) {
  const std::vector<std::uint16_t>& map = picture.tiff->colour_map;
  const std::size_t size = map.size() / 3;
  const bool has_palette_bands = picture.image.bands() == 3 || picture.image.bands() == 1;
  if (!has_palette_bands || size > max_palette) return {};
  const bool old = std::ranges::all_of(map, [](std::uint16_t value) { return value < 256; });
  const auto sample = [&](std::size_t i) {
    return PaletteColour{static_cast<std::uint8_t>(old ? map[i] : map[i] >> 8)};
  };
  std::vector<PaletteColour> palette;
  for (std::size_t i = 0; i < size; ++i) {
    PaletteColour colour = sample(i);
    if (picture.image.bands() == 3) colour |= sample(size + i) << 8 | sample(2 * size + i) << 16;
    palette.push_back(colour);
  }
  return palette;
}

/// `own` is the input's palette, of `own_depth` bits a pixel.
std::optional<FewColours> reduced_to_palette(const Picture& picture, const std::vector<PaletteColour>& own,
                                             int own_depth, std::vector<std::string>& notes) {
  const PalettePixels pixels = palette_pixels(picture);
  if (own.empty()) {
    notes.emplace_back("the palette became RGB");
    return std::nullopt;
  }
  for (const int depth : {own_depth, 8}) {
    const PaletteFit fit = fit_palette(pixels, own, std::size_t{1} << depth);
    if (fit.error > max_error || loses_a_mark(picture, fit.colours)) continue;
    if (depth != own_depth) {
      notes.push_back(fmt::format("{} a pixel became {}: the marks' colours", bits(own_depth), depth));
    }
    map_to_palette(pixels, fit.colours);
    return FewColours{.depth = depth, .palette = fit.colours};
  }
  notes.emplace_back("the palette became RGB: more than 256 colours");
  return std::nullopt;
}

std::optional<FewColours> reduced_to_grey(const Picture& picture, int depth,
                                          std::vector<std::string>& notes) {
  const PalettePixels pixels = palette_pixels(picture);
  if (pixels.bands != 1) {
    notes.push_back(fmt::format("{} a sample became 8", bits(depth)));
    return std::nullopt;
  }
  const std::vector<PaletteColour> levels = grey_levels(depth);
  if (fit_palette(pixels, levels, levels.size()).error > max_error || loses_a_mark(picture, levels)) {
    notes.push_back(fmt::format("{} became 8: the marks' shades of grey", bits(depth)));
    return std::nullopt;
  }
  map_to_palette(pixels, levels);
  return FewColours{.depth = depth, .palette = {}};
}

bool gif_has_alpha(const PalettePixels& pixels) {
  return pixels.bands == 2 || pixels.bands == 4;
}

bool is_transparent(const PalettePixels& pixels, PaletteColour colour) {
  return gif_has_alpha(pixels) && colour >> 8 * (pixels.bands - 1) == 0;
}

bool has_transparent_pixel(const PalettePixels& pixels) {
  if (!gif_has_alpha(pixels)) return false;
  for (std::size_t i = 0; i < pixels.count(); ++i) {
    if (is_transparent(pixels, pixels.at(i))) return true;
  }
  return false;
}

/// GIF has no half transparent pixels, and a single transparent colour.
void harden_alpha(const PalettePixels& pixels) {
  const int shift = 8 * (pixels.bands - 1);
  for (std::size_t i = 0; i < pixels.count(); ++i) {
    const PaletteColour colour = pixels.at(i);
    const PaletteColour alpha = colour >> shift;
    if (alpha == 255 || colour == 0) continue;
    pixels.set(i, alpha < 128 ? 0 : colour | PaletteColour{255} << shift);
  }
}

/// Mean error, in levels of 255, from which a viewer would see a different mark.
constexpr double wrong_mark = 48;

/// The palette of one frame, fitted to the frame's own pixels. A mark that gets none of the colours is
/// invisible, and most frames that were photographs use all 256 themselves: then some of them give way.
class FramePalette {
 public:
  FramePalette(const Picture& picture, int page, const PalettePixels& pixels, std::vector<PaletteColour> own,
               std::size_t limit)
      : pixels_(pixels), own_(std::move(own)), limit_(limit), fit_(fit_palette(pixels, own_, limit)) {
    if (fit_.colours.size() > limit_) make_room(fit_.colours.size() - limit_);
    constexpr std::array<std::size_t, 3> steps{8, 8, 16};
    const auto loses_mark = [&] { return loses_a_mark(picture, fit_.colours, page); };
    if (own_.empty() || (fit_.error <= wrong_mark && !loses_mark())) return;
    for (const std::size_t step : steps) {
      if (fit_.error > max_error || loses_mark()) make_room(step);
    }
  }

  [[nodiscard]] bool gave_way() const { return gave_way_; }
  /// The marks look different: there is no room for their colours.
  [[nodiscard]] bool lacks_colours() const { return !own_.empty() && fit_.error > max_error; }
  std::vector<PaletteColour> take() && { return std::move(fit_.colours); }

 private:
  void make_room(std::size_t colours) {
    wm::make_room(pixels_, own_, colours);
    fit_ = fit_palette(pixels_, own_, limit_);
    gave_way_ = true;
  }

  PalettePixels pixels_;
  std::vector<PaletteColour> own_;
  std::size_t limit_;
  PaletteFit fit_;
  bool gave_way_ = false;
};

FewColours reduced_frames(const Picture& picture, std::vector<std::string>& notes) {
  std::vector<PalettePixels> frames;
  std::vector<bool> transparent;
  for (int page = 0; page < picture.pages; ++page) {
    frames.push_back(palette_pixels(picture, page * picture.page.height, picture.page.height));
    if (gif_has_alpha(frames.back())) harden_alpha(frames.back());
    transparent.push_back(has_transparent_pixel(frames.back()));
  }
  const bool some_transparent = std::find(transparent.begin(), transparent.end(), true) != transparent.end();
  FewColours few;
  int too_many = 0;
  int full = 0;
  int lacking = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const std::vector<PaletteColour> none;
    const auto& own = i < picture.frame_colours.size() ? picture.frame_colours[i] : none;
    if (own.empty()) ++too_many;
    // One entry of its palette is reserved for the transparent colour that save_gif() adds.
    const std::size_t limit = some_transparent && !transparent[i] ? max_palette - 1 : max_palette;
    FramePalette palette(picture, static_cast<int>(i), frames[i], own, limit);
    if (palette.gave_way()) ++full;
    if (palette.lacks_colours()) ++lacking;
    few.frames.push_back(std::move(palette).take());
    map_to_palette(frames[i], few.frames.back());
  }
  if (too_many > 0) {
    notes.push_back(fmt::format("frames with more than 256 colours, which were given fewer: {}", too_many));
  }
  if (full > 0) {
    notes.push_back(
        fmt::format("frames with a full palette, a few colours of which gave way to the marks': {}", full));
  }
  if (lacking > 0) {
    notes.push_back(
        fmt::format("frames whose palette has too few free entries for the marks' colours: {}", lacking));
  }
  return few;
}

GifColour gif_colour(PaletteColour colour, int bands) {
  const auto sample = [colour](int band) { return static_cast<std::uint8_t>(colour >> 8 * band); };
  if (bands < 3) return {sample(0), sample(0), sample(0)};
  return {sample(0), sample(1), sample(2)};
}

}  // namespace

std::vector<std::vector<PaletteColour>> frame_colours(const Picture& picture) {
  std::vector<std::vector<PaletteColour>> frames;
  if (!has_palette_pixels(picture)) return frames;
  for (int page = 0; page < picture.pages; ++page) {
    const auto colours = distinct_colours(
        palette_pixels(picture, page * picture.page.height, picture.page.height), max_palette);
    std::vector<PaletteColour> sorted;
    if (colours) sorted.assign(colours->begin(), colours->end());
    std::sort(sorted.begin(), sorted.end());
    frames.push_back(std::move(sorted));
  }
  return frames;
}

std::optional<FewColours> reduce_colours(Picture& picture, PictureFormat format,
                                         std::vector<std::string>& notes) {
  if (picture.format != format) return std::nullopt;
  if (format == PictureFormat::png && has_transparent_colour(picture)) {
    notes.emplace_back("the transparent colour became an alpha channel");
    return std::nullopt;
  }
  if (!has_palette_pixels(picture)) return std::nullopt;
  if (format == PictureFormat::gif) return reduced_frames(picture, notes);
  if (format == PictureFormat::png) {
    if (picture.png.colour_type == 3) {
      return reduced_to_palette(picture, png_palette(picture), picture.png.depth, notes);
    }
    if (picture.png.colour_type == 0 && picture.png.depth < 8) {
      return reduced_to_grey(picture, picture.png.depth, notes);
    }
  }
  if (format == PictureFormat::tiff && picture.tiff) {
    constexpr std::uint16_t palette = 3;
    if (picture.tiff->photometric == palette) {
      return reduced_to_palette(picture, tiff_palette(picture), picture.tiff->bits, notes);
    }
    if (picture.tiff->photometric < 2 && picture.tiff->bits < 8) {
      return reduced_to_grey(picture, picture.tiff->bits, notes);
    }
  }
  return std::nullopt;
}

std::vector<std::uint8_t> indices_of(const Picture& picture, const FewColours& colours) {
  if (!colours.palette.empty()) return palette_indices(palette_pixels(picture), colours.palette);
  return palette_indices(palette_pixels(picture), grey_levels(colours.depth));
}

std::vector<std::byte> save_indexed_png(const Picture& picture, const FewColours& colours, int compression,
                                        bool interlaced) {
  const PalettePixels pixels = palette_pixels(picture);
  IndexedPng png{.width = picture.image.width(),
                 .height = picture.image.height(),
                 .depth = colours.depth,
                 .icc_profile = icc_profile(picture.image),
                 .interlaced = interlaced,
                 .compression = compression};
  for (const PaletteColour colour : colours.palette) {
    const bool has_alpha = pixels.bands == 4;
    png.palette.push_back({static_cast<std::uint8_t>(colour), static_cast<std::uint8_t>(colour >> 8),
                           static_cast<std::uint8_t>(colour >> 16),
                           has_alpha ? static_cast<std::uint8_t>(colour >> 24) : std::uint8_t{255}});
  }
  const auto indices = indices_of(picture, colours);
  png.indices = indices;
  return encode_indexed_png(png);
}

std::vector<std::byte> save_gif(const Picture& picture, const FewColours& colours) {
  std::vector<int> delays;
  if (picture.image.get_typeof("delay") != 0) delays = picture.image.get_array_int("delay");
  const int plays = picture.image.get_typeof("loop") != 0 ? picture.image.get_int("loop") : 0;
  std::unique_ptr<GifWriter> writer;
  bool some_transparent = false;
  for (const auto& palette : colours.frames) {
    some_transparent |= std::any_of(palette.begin(), palette.end(), [&](PaletteColour colour) {
      return is_transparent(palette_pixels(picture), colour);
    });
  }
  for (std::size_t page = 0; page < colours.frames.size(); ++page) {
    const PalettePixels pixels =
        palette_pixels(picture, static_cast<int>(page) * picture.page.height, picture.page.height);
    const auto& palette = colours.frames[page];
    const auto indices = palette_indices(pixels, palette);
    GifFrame frame{.palette = {}, .indices = indices};
    for (std::size_t i = 0; i < palette.size(); ++i) {
      frame.palette.push_back(gif_colour(palette[i], pixels.bands));
      if (is_transparent(pixels, palette[i])) frame.transparent = static_cast<std::uint8_t>(i);
    }
    // When clearing a frame that precedes a transparent one and has no transparent colour itself, some
    // viewers fill it with the file's background colour.
    if (some_transparent && !frame.transparent && frame.palette.size() < max_palette) {
      frame.transparent = static_cast<std::uint8_t>(frame.palette.size());
      frame.palette.push_back({0, 0, 0});
    }
    if (page < delays.size()) frame.delay = (std::clamp(delays[page], 0, 655350) + 5) / 10;
    if (!writer) {
      writer = std::make_unique<GifWriter>(picture.page.width, picture.page.height, picture.pages > 1, plays,
                                           frame.palette);
    }
    writer->add(frame);
  }
  return writer->finish();
}

}  // namespace wm
