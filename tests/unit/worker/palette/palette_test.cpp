#include "worker/palette/palette.h"

#include <algorithm>
#include <random>
#include <set>

#include <vips/vips8>

#include "tests/support/catch.h"
#include "worker/palette/colour_changes.h"
#include "worker/palette/gif_writer.h"
#include "worker/palette/indexed_png.h"
#include "worker/vips/runtime.h"

using namespace wm;

namespace {

std::vector<std::byte> samples_of(const std::vector<PaletteColour>& colours) {
  std::vector<std::byte> samples;
  for (const PaletteColour colour : colours) {
    for (int band = 0; band < 3; ++band) samples.push_back(static_cast<std::byte>(colour >> 8 * band));
  }
  return samples;
}

std::vector<PaletteColour> colours_in(const PalettePixels& pixels) {
  std::vector<PaletteColour> colours;
  for (std::size_t i = 0; i < pixels.count(); ++i) colours.push_back(pixels.at(i));
  return colours;
}

}  // namespace

TEST_CASE("colours that fit beside the input's are kept exactly, after them and in their order") {
  const std::vector<PaletteColour> own{0x102030, 0x000000, 0xFFFFFF};
  std::vector<std::byte> samples = samples_of({0x102030, 0xABCDEF, 0x000000, 0x123456});
  const PalettePixels pixels{samples, 3};
  const PaletteFit fit = fit_palette(pixels, own, 5);
  CHECK(fit.error == 0);
  REQUIRE(fit.colours.size() == 5);
  CHECK(std::equal(own.begin(), own.end(), fit.colours.begin()));
  map_to_palette(pixels, fit.colours);
  CHECK(colours_in(pixels) == std::vector<PaletteColour>{0x102030, 0xABCDEF, 0x000000, 0x123456});
}

TEST_CASE("the input's colours in use stay, whatever else must become near") {
  std::mt19937 random(7);
  std::vector<PaletteColour> own;
  for (int i = 0; i < 200; ++i) own.push_back(static_cast<PaletteColour>(random() & 0xFFFFFF));
  std::vector<PaletteColour> wanted = own;
  for (int i = 0; i < 5000; ++i) wanted.push_back(static_cast<PaletteColour>(random() & 0xFFFFFF));
  std::vector<std::byte> samples = samples_of(wanted);
  const PalettePixels pixels{samples, 3};
  const PaletteFit fit = fit_palette(pixels, own, 256);
  CHECK(fit.colours.size() == 256);
  CHECK(fit.error > 5);
  map_to_palette(pixels, fit.colours);
  const auto result = colours_in(pixels);
  CHECK(std::equal(own.begin(), own.end(), result.begin()));
  const std::set<PaletteColour> palette(fit.colours.begin(), fit.colours.end());
  CHECK(std::all_of(result.begin(), result.end(), [&](PaletteColour c) { return palette.count(c) == 1; }));
  double sum = 0;
  for (std::size_t i = own.size(); i < wanted.size(); ++i) {
    int largest = 0;
    for (int shift = 0; shift < 24; shift += 8) {
      largest = std::max(largest, std::abs(static_cast<int>(wanted[i] >> shift & 255) -
                                           static_cast<int>(result[i] >> shift & 255)));
    }
    sum += largest;
  }
  CHECK(std::abs(sum / 5000 - fit.error) < 0.1);
}

TEST_CASE("colours of the input that are in use nowhere give way") {
  const std::vector<PaletteColour> own{1, 2, 3, 4};
  std::vector<std::byte> samples = samples_of({1, 0xFF0000, 0x00FF00, 4});
  const PaletteFit fit = fit_palette({samples, 3}, own, 4);
  CHECK(fit.error == 0);
  CHECK(fit.colours.size() == 4);
  CHECK(std::count(fit.colours.begin(), fit.colours.end(), 2U) == 0);
}

TEST_CASE("room is made by giving up what is not in use, and then what loses least") {
  // 2 and 3 are near each other, and 3 has fewer pixels.
  std::vector<PaletteColour> own{0x000000, 0x808080, 0x828282, 0xFFFFFF, 0x123456};
  std::vector<std::byte> samples = samples_of({0x000000, 0x808080, 0x808080, 0x828282, 0xFFFFFF, 0x00FF00});
  const PalettePixels pixels{samples, 3};
  make_room(pixels, own, 1);
  CHECK(own == std::vector<PaletteColour>{0x000000, 0x808080, 0xFFFFFF});
  CHECK(colours_in(pixels) ==
        std::vector<PaletteColour>{0x000000, 0x808080, 0x808080, 0x808080, 0xFFFFFF, 0x00FF00});
  make_room(pixels, own, 100);
  CHECK(own.size() == 1);
  CHECK(colours_in(pixels).back() == 0x00FF00);
  std::vector<PaletteColour> none;
  make_room(pixels, none, 3);
  CHECK(none.empty());
}

TEST_CASE("a transparent colour does not become an opaque one to make room") {
  std::vector<PaletteColour> own{0x00000000, 0xFF000000, 0xFFFFFFFF};
  std::vector<std::byte> samples;
  for (const PaletteColour colour : {own[0], own[1], own[1], own[1], own[2], own[2]}) {
    for (int band = 0; band < 4; ++band) samples.push_back(static_cast<std::byte>(colour >> 8 * band));
  }
  make_room({samples, 4}, own, 2);
  CHECK(own == std::vector<PaletteColour>{0x00000000, 0xFF000000});
}

TEST_CASE("no room and no pixels are no trouble") {
  std::vector<std::byte> samples = samples_of({5, 9});
  CHECK(fit_palette({samples, 3}, {1, 2}, 2).colours.size() <= 2);
  std::vector<std::byte> none;
  CHECK(fit_palette({none, 3}, {1}, 2).error == 0);
  CHECK(distinct_colours({samples, 3}, 1) == std::nullopt);
  CHECK(distinct_colours({samples, 3}, 2)->size() == 2);
}

TEST_CASE("a mark is lost where its colours become those that were there before") {
  ColourChanges changes(3);
  CHECK(changes.seen_in({}) == 1);
  changes.add(0xFFFFFF, 0xFFFFFF);
  CHECK(changes.seen_in({0x000000}) == 1);
  for (int i = 0; i < 4; ++i) changes.add(0xFFFFFF, 0xF0F0F0);
  CHECK(changes.seen_in({0x000000, 0xFFFFFF}) == 0);
  CHECK(changes.seen_in({0x000000, 0xF0F0F0, 0xFFFFFF}) == 1);
  changes.add(0xFFFFFF, 0x000000);
  CHECK(changes.seen_in({0x000000, 0xFFFFFF}) == Approx(255.0 / (255 + 4 * 15)));
  changes.add(0x000000, 0x0F0F0F);
  changes.add(0x000000, 0x1F1F1F);  // one pair too many
  CHECK(changes.seen_in({0x000000, 0xFFFFFF}) == Approx(255.0 / (255 + 5 * 15)));
}

TEST_CASE("an indexed PNG shows what was meant, at every depth, interlaced or not") {
  start_vips();
  for (const int depth : {1, 2, 4, 8}) {
    for (const bool interlaced : {false, true}) {
      for (const bool has_palette : {false, true}) {
        if (depth == 8 && !has_palette) continue;
        CAPTURE(depth, interlaced, has_palette);
        const int width = 37;
        const int height = 19;
        const unsigned size = 1U << depth;
        IndexedPng png{.width = width, .height = height, .depth = depth, .interlaced = interlaced};
        if (has_palette) {
          for (unsigned i = 0; i < size; ++i) {
            png.palette.push_back({static_cast<std::uint8_t>(i * 7), static_cast<std::uint8_t>(255 - i),
                                   static_cast<std::uint8_t>(i * i), static_cast<std::uint8_t>(i)});
          }
        }
        std::vector<std::uint8_t> indices;
        for (unsigned i = 0; i < width * height; ++i)
          indices.push_back(static_cast<std::uint8_t>(i * 31 % size));
        png.indices = indices;
        const auto file = encode_indexed_png(png);
        CHECK(std::to_integer<int>(file[24]) == depth);
        CHECK(std::to_integer<int>(file[25]) == (has_palette ? 3 : 0));
        CHECK(std::to_integer<int>(file[28]) == (interlaced ? 1 : 0));
        const vips::VImage image =
            vips::VImage::pngload_source(vips::VSource::new_from_memory(file.data(), file.size()))
                .copy_memory();
        REQUIRE(image.bands() == (has_palette ? 4 : 1));
        const auto* const read = static_cast<const std::uint8_t*>(image.data());
        bool same = true;
        for (std::size_t i = 0; i < indices.size(); ++i) {
          if (has_palette) {
            const PngPaletteEntry& entry = png.palette[indices[i]];
            same = same && read[4 * i] == entry.red && read[4 * i + 1] == entry.green &&
                   read[4 * i + 2] == entry.blue && read[4 * i + 3] == entry.alpha;
          } else {
            same = same && read[i] == indices[i] * 255 / (size - 1);
          }
        }
        CHECK(same);
      }
    }
  }
}

TEST_CASE("a GIF shows every frame with exactly its own colours, and plays as often as it should") {
  start_vips();
  constexpr int width = 64;
  constexpr int height = 40;
  std::mt19937 random(11);
  for (const std::size_t colours : {1U, 2U, 3U, 200U, 255U, 256U}) {
    for (const bool transparent : {false, true}) {
      for (const int plays : {0, 1, 2, 7}) {
        CAPTURE(colours, transparent, plays);
        std::vector<std::vector<GifColour>> palettes(3);
        std::vector<std::vector<std::uint8_t>> indices(3);
        std::unique_ptr<GifWriter> writer;
        for (std::size_t frame = 0; frame < 3; ++frame) {
          for (std::size_t i = 0; i < colours; ++i) {
            palettes[frame].push_back({static_cast<std::uint8_t>(random()),
                                       static_cast<std::uint8_t>(random()),
                                       static_cast<std::uint8_t>(random())});
          }
          for (int i = 0; i < width * height; ++i) {
            indices[frame].push_back(static_cast<std::uint8_t>(random() % colours));
          }
          if (!writer) writer = std::make_unique<GifWriter>(width, height, true, plays, palettes[0]);
          GifFrame one{.palette = palettes[frame], .indices = indices[frame], .delay = 7};
          if (transparent) one.transparent = std::uint8_t{0};
          writer->add(one);
        }
        const auto file = writer->finish();
        const vips::VImage image =
            vips::VImage::gifload_source(vips::VSource::new_from_memory(file.data(), file.size()),
                                         vips::VImage::option()->set("n", -1))
                .colourspace(VIPS_INTERPRETATION_sRGB)
                .copy_memory();
        REQUIRE(image.height() == 3 * height);
        CHECK(image.get_int("loop") == plays);
        CHECK(image.get_array_int("delay") == std::vector<int>{70, 70, 70});
        const auto bands = static_cast<std::size_t>(image.bands());
        const auto* read = static_cast<const std::uint8_t*>(image.data());
        std::size_t wrong = 0;
        for (std::size_t frame = 0; frame < 3; ++frame) {
          for (const std::uint8_t index : indices[frame]) {
            const GifColour& colour = palettes[frame][index];
            const bool hidden = transparent && index == 0;
            const bool same = read[0] == colour.red && read[1] == colour.green && read[2] == colour.blue;
            if (hidden ? bands != 4 || read[3] != 0 : !same || (bands == 4 && read[3] != 255)) ++wrong;
            read += bands;
          }
        }
        CHECK(wrong == 0);
      }
    }
  }
}
