// Files of real encoders are sound; those that break a rule of their format are not, and the reason says
// which.

#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/sample_pictures.h"
#include "tests/support/skip.h"
#include "worker/palette/gif_writer.h"
#include "worker/soundness/sound_file.h"
#include "worker/vips/runtime.h"

using namespace wm;
using namespace wm::test;
using namespace std::string_literals;
using soundness::Facts;

namespace {

using Examine = std::function<Facts(std::span<const std::byte>)>;

Facts facts_of(const Examine& examine, const std::string& file) {
  return examine(std::as_bytes(std::span(file)));
}

/// "" for a sound file.
std::string fault_of(const Examine& examine, const std::string& file) {
  try {
    (void)facts_of(examine, file);
    return "";
  } catch (const soundness::Unsound& fault) {
    return fault.what();
  }
}

void check_fault(const Examine& examine, const std::string& file, std::string_view words) {
  const std::string fault = fault_of(examine, file);
  CAPTURE(fault, words);
  CHECK(fault.find(words) != std::string::npos);
}

std::string with(std::string file, std::size_t at, std::string_view bytes) {
  return file.replace(at, bytes.size(), bytes);
}

std::string picture(int bands, const std::string& ending) {
  start_vips();
  return encoded(sample_pixels(61, 43, bands), ending);
}

/// By libheif and x265.
std::string heic(int bands, const std::string& options = "[strip]") {
  start_vips();
  load_heif_module();
  try {
    return encoded(sample_pixels(61, 43, bands), ".heic" + options);
  } catch (const std::exception& error) {
    skip(std::string("there is no encoder for HEIC: ") + error.what());
  }
}

/// Where the content of the first box of that type begins.
std::size_t content_of(const std::string& file, const std::string& type) {
  const std::size_t at = file.find(type);
  REQUIRE(at != std::string::npos);
  return at + type.size();
}

/// Two frames, of which the second differs in one pixel.
std::string animation(std::size_t colours) {
  std::vector<GifColour> palette;
  for (std::size_t i = 0; i < colours; ++i) {
    palette.push_back({static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(255 - i), 9});
  }
  std::vector<std::uint8_t> indices;
  for (std::size_t i = 0; i < std::size_t{32} * 16; ++i)
    indices.push_back(static_cast<std::uint8_t>(i * 7 % colours));
  GifWriter writer(32, 16, true, 0, palette);
  writer.add({.palette = palette, .indices = indices, .transparent = {}, .delay = 7});
  indices[100] = static_cast<std::uint8_t>((indices[100] + 1U) % colours);
  writer.add({.palette = palette, .indices = indices, .transparent = {}, .delay = 9});
  const auto bytes = writer.finish();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

TEST_CASE("a sound file tells what picture it holds") {
  const auto same = [](const Facts& facts, std::uint32_t channels, std::uint32_t bits) {
    CHECK(std::tie(facts.width, facts.height, facts.pages) == std::tuple(61U, 43U, 1U));
    CHECK(facts.channels == channels);
    CHECK(facts.bits == bits);
  };
  same(facts_of(soundness::examine_png, picture(3, ".png")), 3, 8);
  same(facts_of(soundness::examine_png, picture(4, ".png[interlace]")), 4, 8);
  same(facts_of(soundness::examine_png, picture(3, ".png[palette,bitdepth=4]")), 0, 4);
  same(facts_of(soundness::examine_jpeg, picture(3, ".jpg")), 3, 8);
  same(facts_of(soundness::examine_jpeg, picture(1, ".jpg[interlace]")), 1, 8);
  same(facts_of(soundness::examine_webp, picture(4, ".webp[lossless]")), 0, 8);
  CHECK(facts_of(soundness::examine_webp, picture(4, ".webp")).has_alpha);
  CHECK_FALSE(facts_of(soundness::examine_webp, picture(3, ".webp")).has_alpha);
  for (const char* const ending : {".tif", ".tif[compression=lzw,tile,tile_width=16,tile_height=32]",
                                   ".tif[compression=deflate,bigtiff]", ".tif[compression=jpeg]"}) {
    CAPTURE(ending);
    same(facts_of(soundness::examine_tiff, picture(3, ending)), 3, 8);
  }
  same(facts_of(soundness::examine_gif, picture(3, ".gif")), 0, 8);
  const Facts animated = facts_of(soundness::examine_gif, animation(20));
  CHECK(animated.pages == 2);
  CHECK(animated.duration_ms == 160);
}

TEST_CASE("no flipped bit of a PNG passes") {
  const std::string good = picture(3, ".png[strip]");
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    if (!fault_of(soundness::examine_png, bad).empty()) continue;
    FAIL_CHECK("byte " << at);
  }
}

TEST_CASE("an unsound PNG is told by its chunks, its rows and its indices") {
  const std::string good = picture(3, ".png[strip]");
  check_fault(soundness::examine_png, good.substr(0, good.size() - 12), "does not end with IEND");
  check_fault(soundness::examine_png, "\x89PNG\r\n\x1a\n"s, "whole IHDR");
  for (const char depth : {'\0', '\3', '\x20', '\x7f'}) {
    std::string bad = good;
    bad[24] = depth;
    check_fault(soundness::examine_png, bad, "a depth that does not exist");
  }
  const std::size_t data = good.find("IDAT");
  check_fault(soundness::examine_png, good.substr(0, data - 4) + good.substr(good.size() - 12), "no IDAT");
}

TEST_CASE("a GIF with an index beyond its colours is unsound") {
  // A frame of 2 x 1 pixels and two colours: codes of three bits, clear, index, index, end.
  const auto gif_of = [](unsigned first, unsigned second) {
    const unsigned codes = 4U | first << 3 | second << 6 | 5U << 9;
    return "GIF89a\2\0\1\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\2\0\1\0\0\2\2"s +
           static_cast<char>(codes & 0xFF) + static_cast<char>(codes >> 8) + "\0;"s;
  };
  CHECK(fault_of(soundness::examine_gif, gif_of(0, 1)).empty());
  check_fault(soundness::examine_gif, gif_of(0, 3), "frame 1 has index 3, and 2 colours");
  check_fault(soundness::examine_gif, gif_of(0, 7), "has a code that stands for nothing");
  check_fault(soundness::examine_gif, gif_of(5, 0), "fewer indices than pixels");
  check_fault(soundness::examine_gif, gif_of(0, 1).substr(0, 30), "beyond the file");
  check_fault(soundness::examine_gif, with(gif_of(0, 1), 24, "\3"), "beyond the screen");
}

TEST_CASE("an animation of any number of colours is sound where frames have much in common") {
  for (std::size_t colours = 1; colours <= 256; ++colours) {
    CAPTURE(colours);
    CHECK(fault_of(soundness::examine_gif, animation(colours)) == "");
  }
}

TEST_CASE("an unsound WebP is told by its sizes and frames") {
  const std::string good = picture(3, ".webp[strip]");
  REQUIRE(fault_of(soundness::examine_webp, good).empty());
  check_fault(soundness::examine_webp, good.substr(0, good.size() - 8), "header promises");
  check_fault(soundness::examine_webp, good + "more", "header promises");
  check_fault(soundness::examine_webp, with(good, 16, "\xff\xff\xff\x00"s), "");
  CHECK_FALSE(fault_of(soundness::examine_webp, with(good, 16, "\xff\xff\xff\x00"s)).empty());
  CHECK_FALSE(fault_of(soundness::examine_webp, with(good, good.find("VP8 ") + 11, "\1\2\3")).empty());
}

TEST_CASE("an unsound TIFF is told by where its strips lie") {
  const std::string good = picture(1, ".tif[strip]");
  REQUIRE(fault_of(soundness::examine_tiff, good).empty());
  const auto number = [&](std::size_t at) {
    return std::size_t{static_cast<unsigned char>(good[at])} |
           std::size_t{static_cast<unsigned char>(good[at + 1])} << 8;
  };
  const auto entry = [&](std::size_t tag) {
    std::size_t at = number(4) + 2;
    while (number(at) != tag) at += 12;
    return at;
  };
  check_fault(soundness::examine_tiff, with(good, entry(273) + 8, "\xff\xff\x0f\x00"s), "beyond the file");
  CHECK_FALSE(fault_of(soundness::examine_tiff, good.substr(0, good.size() / 2)).empty());
}

TEST_CASE("a sound HEIC tells what picture it holds") {
  const Facts opaque = facts_of(soundness::examine_heif, heic(3));
  CHECK(std::tie(opaque.width, opaque.height, opaque.bits) == std::tuple(61U, 43U, 8U));
  CHECK_FALSE(opaque.has_alpha);
  CHECK(facts_of(soundness::examine_heif, heic(4)).has_alpha);
  CHECK(facts_of(soundness::examine_heif, heic(3, "[strip,bitdepth=10]")).bits == 10);
}

TEST_CASE("an unsound HEIC is told by its boxes, items and units") {
  const auto examine = soundness::examine_heif;
  const std::string good = heic(3);
  REQUIRE(fault_of(examine, good).empty());
  for (std::size_t size = 0; size < good.size(); size += 13) {
    if (fault_of(examine, good.substr(0, size)).empty()) FAIL_CHECK("of " << size << " bytes");
  }
  check_fault(examine, good.substr(0, good.size() - 1), "the box mdat reaches beyond what it lies in");
  check_fault(examine, good + "xyz", "bytes lie where a box should be");
  check_fault(examine, with(good, content_of(good, "ftyp") - 4, "ptyf"), "does not begin as a HEIF");
  // A box's size is before its type.
  check_fault(examine, with(good, content_of(good, "ispe") - 5, "\x7f"), "reaches beyond what it lies in");
  // The only picture has another number than the primary one.
  check_fault(examine, with(good, content_of(good, "pitm") + 4, "\x00\x63"s), "no primary picture");
  // Of what version 0 of 'iloc' has: sizes, count, item, file, base, extents; then offset and length.
  const std::size_t extent = content_of(good, "iloc") + 4 + 2 + 2 + 2 + 2 + 2;
  check_fault(examine, with(good, extent, "\0\0\0\x10"s), "lies outside of the media data");
  check_fault(examine, with(good, extent, "\x7f\0\0\0"s), "reaches beyond the file");
  check_fault(examine, with(good, content_of(good, "ipma") + 4 + 4 + 2 + 1, "\x7f"),
              "property that does not exist");
  // The last one is the picture's; libheif makes it of a cell or two.
  check_fault(examine, with(good, good.rfind("ispe") + 4 + 4, "\0\0\0\0"s), "has no size");
  const std::size_t units = content_of(good, "mdat");
  check_fault(examine, with(good, units, "\xff\xff\xff\xff"), "a unit beyond its end");
  check_fault(examine, with(good, units, std::string(good.size() - units, '\0')), "a unit beyond its end");
}

TEST_CASE("an unsound JPEG is told by its segments and the ends of its scans") {
  for (const char* const ending : {".jpg[strip]", ".jpg[strip,interlace]"}) {
    CAPTURE(ending);
    const std::string good = picture(3, ending);
    REQUIRE(fault_of(soundness::examine_jpeg, good).empty());
    check_fault(soundness::examine_jpeg, good.substr(0, good.size() - 2), "a scan does not end");
    check_fault(soundness::examine_jpeg, good.substr(0, good.find("\xff\xda") + 5), "beyond the file");
    check_fault(soundness::examine_jpeg, with(good, good.find("\xff\xc4") + 1, "\x01"), "");
    CHECK_FALSE(fault_of(soundness::examine_jpeg, with(good, good.find("\xff\xc4"), "\x01")).empty());
  }
}
