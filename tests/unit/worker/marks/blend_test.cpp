#include "worker/marks/blend.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "tests/support/catch.h"

using namespace wm;

namespace {

template <class Sample>
constexpr SampleType type_of() {
  if constexpr (std::is_same_v<Sample, std::uint8_t>) return SampleType::u8;
  if constexpr (std::is_same_v<Sample, std::int8_t>) return SampleType::i8;
  if constexpr (std::is_same_v<Sample, std::uint16_t>) return SampleType::u16;
  if constexpr (std::is_same_v<Sample, std::int16_t>) return SampleType::i16;
  if constexpr (std::is_same_v<Sample, std::uint32_t>) return SampleType::u32;
  if constexpr (std::is_same_v<Sample, std::int32_t>) return SampleType::i32;
  if constexpr (std::is_same_v<Sample, float>) return SampleType::f32;
  return SampleType::f64;
}

template <class Sample>
std::vector<Sample> random_samples(std::size_t count, std::mt19937& random) {
  std::vector<Sample> samples(count);
  for (auto& sample : samples) {
    if constexpr (std::is_floating_point_v<Sample>) {
      sample = std::uniform_real_distribution<Sample>(0, 1)(random);
    } else {
      using Limits = std::numeric_limits<Sample>;
      sample = static_cast<Sample>(
          std::uniform_int_distribution<std::int64_t>(Limits::min(), Limits::max())(random));
    }
  }
  return samples;
}

template <class Sample>
std::vector<std::byte> as_bytes(const std::vector<Sample>& samples) {
  std::vector<std::byte> bytes(samples.size() * sizeof(Sample));
  std::memcpy(bytes.data(), samples.data(), bytes.size());
  return bytes;
}

}  // namespace

TEMPLATE_TEST_CASE("samples are blended as the formula says, to the nearest value", "", std::uint8_t,
                   std::int8_t, std::uint16_t, std::int16_t, std::uint32_t, std::int32_t, float, double) {
  using Sample = TestType;
  std::mt19937 random(42);
  const Size size{23, 11};
  const Size mark_size{9, 8};
  const Point position{17, -3};  // over two edges
  for (const int colours : {1, 3, 4}) {
    for (const int extra : {0, 1, 2}) {
      if (extra > 0 && std::is_signed_v<Sample> && !std::is_floating_point_v<Sample>) continue;
      for (const double opacity : {1.0, 0.37}) {
        PixelLayout layout;
        layout.type = type_of<Sample>();
        layout.colour_bands = colours;
        layout.bands = colours + extra;
        layout.has_alpha = extra > 0;
        layout.opaque =
            std::is_floating_point_v<Sample> ? 1.0 : static_cast<double>(std::numeric_limits<Sample>::max());
        const auto bands = static_cast<std::size_t>(layout.bands);
        const auto n = static_cast<std::size_t>(colours);

        const auto before = random_samples<Sample>(23 * 11 * bands, random);
        const auto colour = random_samples<Sample>(9 * 8 * n, random);
        PreparedMark mark{mark_size, as_bytes(colour), random_samples<std::uint8_t>(9 * 8, random)};
        mark.alpha[60] = 0;
        mark.alpha[61] = 255;
        auto after = before;
        blend({reinterpret_cast<std::byte*>(after.data()), 23 * bands * sizeof(Sample), size}, layout, mark,
              position, opacity);

        std::size_t wrong = 0;
        const double unit =
            std::is_floating_point_v<Sample> ? 1e-6 : 0.5 + (sizeof(Sample) == 1 ? 1e-3 : 1e-5);
        for (int y = 0; y < size.height; ++y) {
          for (int x = 0; x < size.width; ++x) {
            const auto at = static_cast<std::size_t>(y * size.width + x) * bands;
            const int mx = x - position.x;
            const int my = y - position.y;
            const bool covered = mx >= 0 && my >= 0 && mx < mark_size.width && my < mark_size.height;
            const auto mark_at = static_cast<std::size_t>(my * mark_size.width + mx);
            const double a = covered ? mark.alpha[mark_at] / 255.0 * opacity : 0;
            if (a == 0) {
              for (std::size_t b = 0; b < bands; ++b) wrong += before[at + b] != after[at + b];
              continue;
            }
            const double backdrop =
                layout.has_alpha ? static_cast<double>(before[at + n]) / layout.opaque : 1.0;
            const double result = a + backdrop * (1 - a);
            for (std::size_t b = 0; b < n; ++b) {
              const double exact = (static_cast<double>(colour[mark_at * n + b]) * a +
                                    static_cast<double>(before[at + b]) * backdrop * (1 - a)) /
                                   result;
              wrong += std::abs(static_cast<double>(after[at + b]) - exact) > unit;
            }
            if (extra > 0) {
              wrong += std::abs(static_cast<double>(after[at + n]) - result * layout.opaque) > unit;
            }
            if (extra > 1) wrong += before[at + n + 1] != after[at + n + 1];
          }
        }
        CAPTURE(colours, extra, opacity);
        CHECK(wrong == 0);
      }
    }
  }
}

TEST_CASE("an opaque mark replaces, a transparent one keeps every bit") {
  PixelLayout layout;
  std::vector<std::uint8_t> pixels{1, 2, 3, 4, 5, 6};
  PreparedMark mark{{2, 1}, as_bytes(std::vector<std::uint8_t>{9, 8, 7, 9, 8, 7}), {255, 0}};
  blend({reinterpret_cast<std::byte*>(pixels.data()), 6, {2, 1}}, layout, mark, {0, 0}, 1);
  CHECK(pixels == std::vector<std::uint8_t>{9, 8, 7, 4, 5, 6});
  blend({reinterpret_cast<std::byte*>(pixels.data()), 6, {2, 1}}, layout, mark, {0, 0}, 0);
  CHECK(pixels == std::vector<std::uint8_t>{9, 8, 7, 4, 5, 6});
}

TEST_CASE("a blender knows whether anything has changed") {
  PixelLayout layout;
  std::vector<std::uint8_t> pixels{9, 8, 7, 9, 8, 7, 1, 2, 3};
  const PixelArea area{reinterpret_cast<std::byte*>(pixels.data()), 9, {3, 1}};
  PreparedMark mark{{1, 1}, as_bytes(std::vector<std::uint8_t>{9, 8, 7}), {255}};
  for (const BlendMode mode : {BlendMode::over, BlendMode::darken}) {
    Blender blender(layout, mark, mode, 1);
    CHECK_FALSE(blender.has_changed());
    for (const int left : {0, 1, 5}) blender.put(area, {left, 0});
    CHECK_FALSE(blender.has_changed());
  }
  Blender blender(layout, mark, BlendMode::over, 1);
  blender.put(area, {2, 0});
  CHECK(blender.has_changed());
  blender.put(area, {0, 0});
  CHECK(blender.has_changed());
}

TEST_CASE("a mark outside of the picture changes nothing") {
  PixelLayout layout;
  std::vector<std::uint8_t> pixels(12, 50);
  const auto before = pixels;
  PreparedMark mark{{1, 1}, as_bytes(std::vector<std::uint8_t>{9, 8, 7}), {255}};
  for (const Point position : {Point{-1, 0}, Point{2, 0}, Point{0, -1}, Point{0, 2}, Point{200'000'000, 0}}) {
    blend({reinterpret_cast<std::byte*>(pixels.data()), 6, {2, 2}}, layout, mark, position, 1);
    CHECK(pixels == before);
  }
}
