// What the PNG writer makes, read back by libvips' decoder, which shares no code with it, and by zlib.

#include "worker/png/png_writer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <set>

#include <vips/vips8>
#include <zlib.h>

#include "tests/support/catch.h"
#include "tests/unit/worker/support/profiles.h"
#include "worker/vips/runtime.h"

using namespace wm;
using namespace wm::test;

namespace {

struct Samples {
  int width, height, bands, sample_bytes;
  std::vector<std::byte> bytes;
  [[nodiscard]] PngPixels pixels() const {
    return {.width = width, .height = height, .bands = bands, .sample_bytes = sample_bytes, .samples = bytes};
  }
};

/// Bands of flat colour, of gradients along rows, columns and both, and of noise: each type of filter has
/// rows for which it is the best.
Samples mixture(int width, int height, int bands, int sample_bytes) {
  Samples samples{width, height, bands, sample_bytes, {}};
  std::mt19937 random(7);
  const auto put = [&](int value) {
    if (sample_bytes == 1) {
      samples.bytes.push_back(std::byte(value & 0xFF));
    } else {
      const auto wide = static_cast<std::uint16_t>(value * 257 + value / 3);
      const auto raw = std::as_bytes(std::span(&wide, 1));
      samples.bytes.insert(samples.bytes.end(), raw.begin(), raw.end());
    }
  };
  for (int y = 0; y < height; ++y) {
    const int kind = y * 6 / height;
    for (int x = 0; x < width; ++x) {
      for (int band = 0; band < bands; ++band) {
        const int noise = static_cast<int>(random() % 256);
        const int values[]{0,     x * 3 + band,          y * 40 + (x * x) % 251, x * 5 + y * 7,
                           noise, x * y / 3 + noise / 64};
        put(values[kind]);
      }
    }
  }
  return samples;
}

std::string encoded(const Samples& samples, const PngEncoding& encoding,
                    std::span<const std::byte> icc = {}) {
  const auto file = encode_png(samples.pixels(), encoding, icc);
  return {reinterpret_cast<const char*>(file.data()), file.size()};
}

vips::VImage decoded(const std::string& file) {
  start_vips();
  return vips::VImage::new_from_buffer(file, "", vips::VImage::option()->set("fail_on", VIPS_FAIL_ON_WARNING))
      .copy_memory();
}

void check_same(const std::string& file, const Samples& samples) {
  const vips::VImage image = decoded(file);
  REQUIRE(image.width() == samples.width);
  REQUIRE(image.height() == samples.height);
  REQUIRE(image.bands() == samples.bands);
  REQUIRE(image.format() == (samples.sample_bytes == 1 ? VIPS_FORMAT_UCHAR : VIPS_FORMAT_USHORT));
  CHECK(std::memcmp(image.data(), samples.bytes.data(), samples.bytes.size()) == 0);
}

std::uint32_t big_endian(const std::string& file, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + 4; ++i) value = value << 8 | static_cast<unsigned char>(file.at(i));
  return value;
}

/// Data of all chunks of a kind, one behind the other; `longest` of them.
std::string chunks(const std::string& file, const std::string& type, std::size_t* longest = nullptr) {
  std::string data;
  for (std::size_t at = 8; at + 12 <= file.size();) {
    const std::size_t length = big_endian(file, at);
    if (file.substr(at + 4, 4) == type) {
      data += file.substr(at + 8, length);
      if (longest != nullptr) *longest = std::max(*longest, length);
    }
    at += 12 + length;
  }
  return data;
}

std::string inflated(const std::string& stream, std::size_t size) {
  std::string bytes(size + 1, '\0');
  uLongf length = bytes.size();
  REQUIRE(uncompress(reinterpret_cast<Bytef*>(bytes.data()), &length,
                     reinterpret_cast<const Bytef*>(stream.data()), stream.size()) == Z_OK);
  bytes.resize(length);
  return bytes;
}

}  // namespace

TEST_CASE("PNG files of every kind of samples come back the same, at odd sizes and every level") {
  for (const int bands : {1, 2, 3, 4}) {
    for (const int sample_bytes : {1, 2}) {
      for (const auto& [width, height] : {std::pair{1, 1}, {1, 9}, {9, 1}, {67, 54}}) {
        for (const bool filter_rows : {false, true}) {
          CAPTURE(bands, sample_bytes, width, height, filter_rows);
          const Samples samples = mixture(width, height, bands, sample_bytes);
          check_same(encoded(samples, {.filter_rows = filter_rows}), samples);
        }
      }
    }
  }
  const Samples samples = mixture(67, 54, 3, 1);
  for (int level = 0; level <= 9; ++level) check_same(encoded(samples, {.compression = level}), samples);
}

TEST_CASE("each row of a PNG has the filter with the smallest differences, and all five are used") {
  const Samples samples = mixture(120, 60, 3, 1);
  const std::size_t row = 120 * 3;
  const std::string rows = inflated(chunks(encoded(samples, {}), "IDAT"), (row + 1) * 60);
  REQUIRE(rows.size() == (row + 1) * 60);
  const auto sample = [&](std::ptrdiff_t y, std::ptrdiff_t i) {
    return y < 0 || i < 0
               ? 0
               : std::to_integer<int>(
                     samples.bytes[static_cast<std::size_t>(y) * row + static_cast<std::size_t>(i)]);
  };
  std::set<int> used;
  for (std::ptrdiff_t y = 0; y < 60; ++y) {
    std::array<long, 5> sums{};
    for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(row); ++i) {
      const int x = sample(y, i), a = sample(y, i - 3), b = sample(y - 1, i), c = sample(y - 1, i - 3);
      const int p = a + b - c;  // ISO/IEC 15948 §9.4
      const int pa = std::abs(p - a), pb = std::abs(p - b), pc = std::abs(p - c);
      const int predicted = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
      const std::array differences{x, x - a, x - b, x - (a + b) / 2, x - predicted};
      for (std::size_t type = 0; type < 5; ++type) {
        const int byte = differences[type] & 0xFF;
        sums[type] += std::min(byte, 256 - byte);
      }
    }
    const int type = rows[static_cast<std::size_t>(y) * (row + 1)];
    REQUIRE(type >= 0);
    REQUIRE(type < 5);
    CHECK(sums[static_cast<std::size_t>(type)] == *std::min_element(sums.begin(), sums.end()));
    used.insert(type);
  }
  CHECK(used == std::set{0, 1, 2, 3, 4});
}

TEST_CASE("a PNG's profile is the one that was given") {
  const std::string profile = adobe_rgb_profile();
  const std::string file = encoded(mixture(5, 4, 3, 1), {}, std::as_bytes(std::span(profile)));
  const vips::VImage image = decoded(file);
  std::size_t size = 0;
  const void* data = image.get_blob(VIPS_META_ICC_NAME, &size);
  REQUIRE(size == profile.size());
  CHECK(std::memcmp(data, profile.data(), size) == 0);
  CHECK(decoded(encoded(mixture(5, 4, 3, 1), {})).get_typeof(VIPS_META_ICC_NAME) == 0);
}

TEST_CASE("large PNG files have chunks of bounded size") {
  const Samples samples = mixture(1500, 1200, 3, 1);
  const std::string file = encoded(samples, {.compression = 0});
  std::size_t longest = 0;
  CHECK(chunks(file, "IDAT", &longest).size() > samples.bytes.size());
  CHECK(longest == std::size_t{1} << 20);
  check_same(file, samples);
}

TEST_CASE("what is no picture is refused by the PNG writer") {
  const Samples good = mixture(8, 8, 3, 1);
  const auto refused = [&](auto&& change) {
    PngPixels pixels = good.pixels();
    change(pixels);
    CHECK_THROWS_AS(encode_png(pixels, {}, {}), std::invalid_argument);
  };
  refused([](PngPixels& pixels) { pixels.width = 0; });
  refused([](PngPixels& pixels) { pixels.height = -1; });
  refused([](PngPixels& pixels) { pixels.bands = 5; });
  refused([](PngPixels& pixels) { pixels.bands = 4; });
  refused([](PngPixels& pixels) { pixels.sample_bytes = 2; });
  refused([](PngPixels& pixels) { pixels.sample_bytes = 3; });
  refused([](PngPixels& pixels) { pixels.width = pixels.height = 2'000'000'000; });
}
