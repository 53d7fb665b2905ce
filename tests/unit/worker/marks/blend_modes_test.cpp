// Blend modes against the formulas of W3C Compositing and Blending Level 1, written out here a second time,
// on all layouts that a picture may have.

#include "worker/marks/blend_modes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "worker/marks/blend.h"

using namespace wm;

namespace {

/// Section 9.1, in the order and nearly in the words of the specification.
double oracle(BlendMode mode, double cb, double cs) {
  switch (mode) {
    case BlendMode::over:  // "normal"
      return cs;
    case BlendMode::multiply:
      return cb * cs;
    case BlendMode::screen:
      return 1 - (1 - cb) * (1 - cs);
    case BlendMode::overlay:
      return oracle(BlendMode::hard_light, cs, cb);
    case BlendMode::darken:
      return cb < cs ? cb : cs;
    case BlendMode::lighten:
      return cb > cs ? cb : cs;
    case BlendMode::color_dodge:
      return cb == 0 ? 0 : cs == 1 ? 1 : std::min(1.0, cb / (1 - cs));
    case BlendMode::color_burn:
      return cb == 1 ? 1 : cs == 0 ? 0 : 1 - std::min(1.0, (1 - cb) / cs);
    case BlendMode::hard_light:
      return cs <= 0.5 ? cb * 2 * cs : 1 - (1 - cb) * (1 - (2 * cs - 1));
    case BlendMode::soft_light: {
      if (cs <= 0.5) return cb - (1 - 2 * cs) * cb * (1 - cb);
      const double d = cb <= 0.25 ? 16 * cb * cb * cb - 12 * cb * cb + 4 * cb : std::sqrt(cb);
      return cb + (2 * cs - 1) * (d - cb);
    }
    case BlendMode::difference:
      return std::abs(cb - cs);
    case BlendMode::exclusion:
      return cb + cs - 2 * cb * cs;
  }
  return -1;
}

std::vector<BlendMode> all_modes() {
  std::vector<BlendMode> modes;
  for (std::size_t i = 0; i < blend_mode_names.size(); ++i) modes.push_back(static_cast<BlendMode>(i));
  return modes;
}

template <class Sample>
constexpr double full() {
  return std::is_floating_point_v<Sample> ? 1 : static_cast<double>(std::numeric_limits<Sample>::max());
}

template <class Sample>
PixelLayout layout_of(int colours, bool alpha) {
  PixelLayout layout;
  if constexpr (std::is_same_v<Sample, std::uint16_t>) layout.type = SampleType::u16;
  if constexpr (std::is_same_v<Sample, std::uint32_t>) layout.type = SampleType::u32;
  if constexpr (std::is_same_v<Sample, float>) layout.type = SampleType::f32;
  if constexpr (std::is_same_v<Sample, double>) layout.type = SampleType::f64;
  layout.space = colours == 1 ? ColourSpace::grey : colours == 3 ? ColourSpace::rgb : ColourSpace::cmyk;
  layout.colour_bands = colours;
  layout.bands = colours + (alpha ? 1 : 0);
  layout.has_alpha = alpha;
  layout.white = layout.opaque = full<Sample>();
  return layout;
}

/// Samples over the whole range, every fifth one at an end of it: modes have their special cases there.
template <class Sample>
std::vector<Sample> samples(std::size_t count, std::mt19937& random) {
  std::vector<Sample> result(count);
  std::uniform_real_distribution<double> between(0, 1);
  for (std::size_t i = 0; i < count; ++i) {
    const double value = i % 5 == 4 ? std::round(between(random)) : between(random);
    result[i] = static_cast<Sample>(value * full<Sample>());
  }
  return result;
}

template <class Sample>
PreparedMark mark_of(Size size, const std::vector<Sample>& colours, std::vector<std::uint8_t> alpha) {
  PreparedMark mark{size, std::vector<std::byte>(colours.size() * sizeof(Sample)), std::move(alpha)};
  std::memcpy(mark.colours.data(), colours.data(), mark.colours.size());
  return mark;
}

}  // namespace

TEST_CASE("each blend mode gives its well known values") {
  struct Row {
    BlendMode mode;
    double backdrop, source, result;
  };
  const std::vector<Row> rows{
      {BlendMode::multiply, 0.5, 0.5, 0.25},    {BlendMode::multiply, 0.3, 1, 0.3},
      {BlendMode::screen, 0.5, 0.5, 0.75},      {BlendMode::screen, 0.3, 0, 0.3},
      {BlendMode::overlay, 0.25, 0.5, 0.25},    {BlendMode::overlay, 0.75, 0.8, 0.9},
      {BlendMode::darken, 0.2, 0.7, 0.2},       {BlendMode::lighten, 0.2, 0.7, 0.7},
      {BlendMode::color_dodge, 0.25, 0.5, 0.5}, {BlendMode::color_dodge, 0, 1, 0},
      {BlendMode::color_dodge, 0.1, 1, 1},      {BlendMode::color_burn, 0.75, 0.5, 0.5},
      {BlendMode::color_burn, 1, 0, 1},         {BlendMode::color_burn, 0.9, 0, 0},
      {BlendMode::hard_light, 0.5, 0.25, 0.25}, {BlendMode::hard_light, 0.5, 0.75, 0.75},
      {BlendMode::soft_light, 0.5, 0.5, 0.5},   {BlendMode::soft_light, 0.64, 1, 0.8},
      {BlendMode::soft_light, 0.5, 0, 0.25},    {BlendMode::difference, 0.2, 0.7, 0.5},
      {BlendMode::exclusion, 0.5, 0.3, 0.5},    {BlendMode::exclusion, 0.2, 1, 0.8},
  };
  for (const Row& row : rows) {
    CAPTURE(blend_mode_names[static_cast<std::size_t>(row.mode)], row.backdrop, row.source);
    std::array<double, 1> colour{row.backdrop};
    apply_blend_mode(row.mode, colour, std::array<double, 1>{row.source});
    CHECK(std::abs(colour[0] - row.result) < 1e-12);
  }
}

TEMPLATE_TEST_CASE("every blend mode mixes as the specification says, to the nearest value", "", std::uint8_t,
                   std::uint16_t, std::uint32_t, float, double) {
  using Sample = TestType;
  std::mt19937 random(7);
  const Size size{37, 19};
  const Size mark_size{30, 17};
  const Point position{-4, 5};  // over two edges
  const auto pixels = static_cast<std::size_t>(size.width * size.height);
  const auto mark_pixels = static_cast<std::size_t>(mark_size.width * mark_size.height);
  // Half a step of an integer; what 24 bits of a float can hold.
  const double tolerance = std::is_same_v<Sample, float>      ? 1e-6
                           : std::is_floating_point_v<Sample> ? 1e-12
                                                              : 0.501;
  for (const BlendMode mode : all_modes()) {
    for (const int colours : {1, 3, 4}) {
      for (const bool has_alpha : {false, true}) {
        for (const double opacity : {1.0, 0.37}) {
          const PixelLayout layout = layout_of<Sample>(colours, has_alpha);
          const auto bands = static_cast<std::size_t>(layout.bands);
          const auto n = static_cast<std::size_t>(colours);
          const auto before = samples<Sample>(pixels * bands, random);
          const auto colour = samples<Sample>(mark_pixels * n, random);
          auto alpha = samples<std::uint8_t>(mark_pixels, random);
          const PreparedMark mark = mark_of(mark_size, colour, alpha);
          auto after = before;
          blend({reinterpret_cast<std::byte*>(after.data()), 37 * bands * sizeof(Sample), size}, layout, mark,
                position, opacity, mode);

          const bool ink = layout.space == ColourSpace::cmyk;
          const auto additive = [&](Sample sample) {
            const double value = static_cast<double>(sample) / layout.white;
            return ink ? 1 - value : value;
          };
          std::size_t wrong = 0;
          std::size_t changed = 0;
          for (int y = 0; y < size.height; ++y) {
            for (int x = 0; x < size.width; ++x) {
              const auto at = static_cast<std::size_t>(y * size.width + x) * bands;
              const int mx = x - position.x;
              const int my = y - position.y;
              const bool covered = mx >= 0 && my >= 0 && mx < mark_size.width && my < mark_size.height;
              const auto mark_at = static_cast<std::size_t>(my * mark_size.width + mx);
              const double as = covered ? alpha[mark_at] / 255.0 * opacity : 0;
              if (as == 0) {
                wrong += !std::equal(before.begin() + static_cast<std::ptrdiff_t>(at),
                                     before.begin() + static_cast<std::ptrdiff_t>(at + bands),
                                     after.begin() + static_cast<std::ptrdiff_t>(at));
                continue;
              }
              ++changed;
              const double ab = has_alpha ? static_cast<double>(before[at + n]) / layout.opaque : 1;
              const double ao = as + ab * (1 - as);
              for (std::size_t band = 0; band < n; ++band) {
                const double cb = additive(before[at + band]);
                const double cs = additive(colour[mark_at * n + band]);
                // 5.5: co = cs x as x (1 - ab) + cb x ab x (1 - as) + as x ab x B(cb, cs), premultiplied
                const double co =
                    (cs * as * (1 - ab) + cb * ab * (1 - as) + as * ab * oracle(mode, cb, cs)) / ao;
                const double exact = (ink ? 1 - co : co) * layout.white;
                wrong += !(std::abs(static_cast<double>(after[at + band]) - exact) <= tolerance);
              }
              if (has_alpha) {
                wrong += !(std::abs(static_cast<double>(after[at + n]) - ao * layout.opaque) <= tolerance);
              }
            }
          }
          CAPTURE(blend_mode_names[static_cast<std::size_t>(mode)], colours, has_alpha, opacity);
          CHECK(wrong == 0);
          CHECK(changed > 300);
        }
      }
    }
  }
}

TEST_CASE("in CMYK multiply darkens and screen lightens") {
  const PixelLayout layout = layout_of<std::uint8_t>(4, false);
  const auto result = [&](BlendMode mode, std::uint8_t ink) {
    std::vector<std::uint8_t> pixel{100, 100, 100, 100};
    blend({reinterpret_cast<std::byte*>(pixel.data()), 4, {1, 1}}, layout,
          mark_of<std::uint8_t>({1, 1}, {ink, ink, ink, ink}, {255}), {0, 0}, 1, mode);
    return int{pixel[0]};
  };
  CHECK(result(BlendMode::multiply, 0) == 100);  // paper
  CHECK(result(BlendMode::multiply, 128) > 150);
  CHECK(result(BlendMode::multiply, 255) == 255);
  CHECK(result(BlendMode::screen, 255) == 100);
  CHECK(result(BlendMode::screen, 128) < 60);
}

TEST_CASE("in Lab a mode looks as it does in sRGB") {
  PixelLayout layout;
  layout.type = SampleType::f32;
  layout.space = ColourSpace::lab;
  const auto result = [&](BlendMode mode, std::vector<float> mark) {
    std::vector<float> pixel{60, 40, -50};
    blend({reinterpret_cast<std::byte*>(pixel.data()), 12, {1, 1}}, layout,
          mark_of<float>({1, 1}, mark, {255}), {0, 0}, 1, mode);
    return pixel;
  };
  const std::vector<float> white{100, 0, 0};
  const std::vector<float> black{0, 0, 0};
  const auto near = [](const std::vector<float>& a, const std::vector<float>& b) {
    return std::abs(a[0] - b[0]) < 0.01 && std::abs(a[1] - b[1]) < 0.01 && std::abs(a[2] - b[2]) < 0.01;
  };
  CHECK(near(result(BlendMode::multiply, white), {60, 40, -50}));
  CHECK(near(result(BlendMode::multiply, black), black));
  CHECK(near(result(BlendMode::screen, black), {60, 40, -50}));
  CHECK(near(result(BlendMode::screen, white), white));
  CHECK(near(result(BlendMode::over, {1, 2, 3}), {1, 2, 3}));
  // Grey 0.5 times grey 0.5 is grey 0.25: L of those by CIE 15 and IEC 61966-2-1.
  std::vector<float> grey{53.389F, 0, 0};
  blend({reinterpret_cast<std::byte*>(grey.data()), 12, {1, 1}}, layout, mark_of<float>({1, 1}, grey, {255}),
        {0, 0}, 1, BlendMode::multiply);
  CHECK(near(grey, {26.983F, 0, 0}));
}

TEST_CASE("samples beyond white stay numbers that their type has") {
  for (const BlendMode mode : all_modes()) {
    CAPTURE(blend_mode_names[static_cast<std::size_t>(mode)]);
    PixelLayout small = layout_of<std::uint32_t>(1, false);
    small.white = 255;
    std::vector<std::uint32_t> pixel{4'000'000'000, 0, 300};
    blend({reinterpret_cast<std::byte*>(pixel.data()), 12, {3, 1}}, small,
          mark_of<std::uint32_t>({3, 1}, {255, 128, 0}, {255, 255, 255}), {0, 0}, 1, mode);
    const PixelLayout floats = layout_of<float>(1, false);
    std::vector<float> light{8, -0.5F, 1};
    blend({reinterpret_cast<std::byte*>(light.data()), 12, {3, 1}}, floats,
          mark_of<float>({3, 1}, {1, 0.9F, 0}, {255, 255, 255}), {0, 0}, 1, mode);
    for (const float value : light) CHECK(std::isfinite(value));
  }
  // Multiplied by white, highlights stay highlights.
  std::vector<float> highlight{8};
  blend({reinterpret_cast<std::byte*>(highlight.data()), 4, {1, 1}}, layout_of<float>(1, false),
        mark_of<float>({1, 1}, {1}, {255}), {0, 0}, 1, BlendMode::multiply);
  CHECK(highlight[0] == 8);
}
