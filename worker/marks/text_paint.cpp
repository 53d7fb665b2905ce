#include "worker/marks/text_paint.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <vector>

#include "worker/marks/coverage.h"

namespace wm {
namespace {

constexpr double reach_of_blur = 3;  // standard deviations; beyond them less than 0.3 % remains
constexpr double far_pixels = 1e8;

int limited(double value) {
  return static_cast<int>(std::clamp(value, -far_pixels, far_pixels));
}

bool has_shadow(const Text& text) {
  return text.shadow && text.shadow->colour.alpha != 0;
}

/// Maps a text's own space to the pixels of the raster.
struct View {
  double scale;
  double x, y;
};

/// Draws only the letters with colours of their own. Premultiplied BGRA.
Canvas coloured_letters(const TextShape& shape, const Text& text, const TextMeasures& lengths,
                        const View& view, Size size) {
  Canvas canvas(CAIRO_FORMAT_ARGB32, size);
  cairo_translate(canvas.cairo(), view.x, view.y);
  cairo_scale(canvas.cairo(), view.scale, view.scale);
  cairo_set_source_rgb(canvas.cairo(), text.fill.red / 255.0, text.fill.green / 255.0,
                       text.fill.blue / 255.0);
  shape.show_coloured(canvas.cairo(), lengths.font);
  canvas.finish();
  return canvas;
}

/// Each pixel's coverage by the letters, widened by `stroke` pixels.
Canvas outline_coverage(const TextShape& shape, const TextMeasures& lengths, double stroke, const View& view,
                        Size size) {
  Canvas canvas(CAIRO_FORMAT_A8, size);
  cairo_t* cairo = canvas.cairo();
  cairo_translate(cairo, view.x, view.y);
  cairo_scale(cairo, view.scale, view.scale);
  shape.append_outlines(cairo, lengths.font);
  if (stroke > 0) {
    cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_width(cairo, 2 * stroke);
    cairo_stroke_preserve(cairo);
  }
  cairo_fill(cairo);
  canvas.finish();
  return canvas;
}

/// Moves `row` right by `shift` pixels and combines its visible part with `to`, taking the larger values.
template <std::size_t Step>
void add_shifted(std::span<const std::uint8_t> row, int shift, std::span<std::uint8_t> to) {
  const int width = static_cast<int>(to.size());
  for (int x = std::clamp(shift, 0, width); x < std::clamp(width + shift, 0, width); ++x) {
    auto& below = to[static_cast<std::size_t>(x)];
    below = std::max(below, row[static_cast<std::size_t>(x - shift) * Step + (Step - 1)]);
  }
}

/// The shadow of the drawn letters: moved by whole pixels, blurred.
std::vector<std::uint8_t> shadow_coverage(const Canvas& outlines, const std::optional<Canvas>& coloured,
                                          const TextMeasures& lengths, double scale, Size size) {
  const auto width = static_cast<std::size_t>(size.width);
  std::vector<std::uint8_t> coverage(width * static_cast<std::size_t>(size.height));
  const int right = limited(std::round(lengths.shadow_x * scale));
  const int down = limited(std::round(lengths.shadow_y * scale));
  for (int y = std::clamp(down, 0, size.height); y < std::clamp(size.height + down, 0, size.height); ++y) {
    const auto row = std::span(coverage).subspan(static_cast<std::size_t>(y) * width, width);
    add_shifted<1>(outlines.row(y - down), right, row);
    if (coloured) add_shifted<4>(coloured->row(y - down), right, row);
  }
  blur(coverage, size, lengths.blur * scale);
  return coverage;
}

/// A premultiplied colour; channels and alpha are 0..1.
struct Light {
  std::array<float, 4> value{};

  void add(const Colour& colour, float coverage) {
    const float alpha = coverage * static_cast<float>(colour.alpha) / 255.0F;
    value[0] += alpha * static_cast<float>(colour.red) / 255.0F;
    value[1] += alpha * static_cast<float>(colour.green) / 255.0F;
    value[2] += alpha * static_cast<float>(colour.blue) / 255.0F;
    value[3] += alpha;
  }
  void put_over(const Light& below) {
    const float rest = 1 - value[3];
    for (std::size_t i = 0; i < value.size(); ++i) value[i] += below.value[i] * rest;
  }
  void write(std::uint8_t* rgba) const {
    const auto to_byte = [](float part) {
      return static_cast<std::uint8_t>(std::clamp(part * 255 + 0.5F, 0.0F, 255.0F));
    };
    const std::uint8_t alpha = to_byte(value[3]);
    if (alpha == 0) return;
    for (std::size_t i = 0; i < 3; ++i) rgba[i] = to_byte(value[i] / value[3]);
    rgba[3] = alpha;
  }
};

Light premultiplied_bgra(const std::uint8_t* pixel, float alpha) {
  const auto part = [&](int i) { return static_cast<float>(pixel[i]) / 255.0F * alpha; };
  return {{part(2), part(1), part(0), part(3)}};
}

/// One row of each drawn layer; the span of a missing layer is empty.
struct Layers {
  std::span<const std::uint8_t> letters, stroked, coloured, shadow;
};

void mix(const Layers& layers, const Text& text, std::uint8_t* rgba) {
  for (std::size_t x = 0; x < layers.letters.size(); ++x, rgba += 4) {
    const int inside = layers.letters[x];
    const int around = layers.stroked.empty() ? 0 : std::max(0, layers.stroked[x] - inside);
    const int below = layers.shadow.empty() ? 0 : layers.shadow[x];
    const bool own = !layers.coloured.empty() && layers.coloured[4 * x + 3] != 0;
    if (inside + around + below == 0 && !own) continue;  // most of a text's box is empty
    Light light;
    light.add(text.fill, static_cast<float>(inside) / 255.0F);
    if (around > 0) light.add(text.stroke->colour, static_cast<float>(around) / 255.0F);
    if (own) {
      Light top = premultiplied_bgra(&layers.coloured[4 * x], static_cast<float>(text.fill.alpha) / 255.0F);
      top.put_over(light);
      light = top;
    }
    if (below > 0) {
      Light shade;
      shade.add(text.shadow->colour, static_cast<float>(below) / 255.0F);
      light.put_over(shade);
    }
    light.write(rgba);
  }
}

}  // namespace

TextMeasures measures(const Text& text, double font_pixels) {
  TextMeasures lengths{.font = font_pixels};
  if (text.stroke && text.stroke->colour.alpha != 0) {
    lengths.stroke = std::max(0.0, to_pixels(text.stroke->width, font_pixels));
  }
  if (has_shadow(text)) {
    lengths.shadow_x = to_pixels(text.shadow->x, font_pixels);
    lengths.shadow_y = to_pixels(text.shadow->y, font_pixels);
    lengths.blur = std::max(0.0, to_pixels(text.shadow->blur, font_pixels));
  }
  return lengths;
}

Box painted_box(const TextShape& shape, const Text& text, const TextMeasures& lengths) {
  const InkBox& ink = shape.ink();
  if (ink.empty()) return {0, 0, 1, 1};
  const auto grown = [&](double margin, double x, double y) {
    return InkBox{ink.left * lengths.font - margin + x, ink.top * lengths.font - margin + y,
                  ink.right * lengths.font + margin + x, ink.bottom * lengths.font + margin + y};
  };
  InkBox all = grown(lengths.stroke, 0, 0);
  if (has_shadow(text)) {
    all =
        united(all, grown(lengths.stroke + reach_of_blur * lengths.blur, lengths.shadow_x, lengths.shadow_y));
  }
  constexpr double rounding = 1.0 / 64;  // of Cairo's coordinates
  const int left = limited(std::floor(all.left + rounding));
  const int top = limited(std::floor(all.top + rounding));
  return {left, top, std::max(1, limited(std::ceil(all.right - rounding)) - left),
          std::max(1, limited(std::ceil(all.bottom - rounding)) - top)};
}

Raster paint(const TextShape& shape, const Text& text, const TextMeasures& lengths, const Box& box,
             Size size) {
  const double scale =
      std::min(static_cast<double>(size.width) / box.width, static_cast<double>(size.height) / box.height);
  const View view{scale, (size.width - box.width * scale) / 2 - box.left * scale,
                  (size.height - box.height * scale) / 2 - box.top * scale};
  const Canvas letters = outline_coverage(shape, lengths, 0, view, size);
  std::optional<Canvas> stroked;
  if (lengths.stroke > 0) stroked = outline_coverage(shape, lengths, lengths.stroke, view, size);
  std::optional<Canvas> coloured;
  if (shape.has_coloured_letters()) coloured = coloured_letters(shape, text, lengths, view, size);
  std::vector<std::uint8_t> shadow;
  if (has_shadow(text)) {
    shadow = shadow_coverage(stroked ? *stroked : letters, coloured, lengths, scale, size);
  }

  Raster raster{size, {}};
  raster.rgba.resize(4 * raster.pixel_count());
  const auto width = static_cast<std::size_t>(size.width);
  for (int y = 0; y < size.height; ++y) {
    const std::size_t first = static_cast<std::size_t>(y) * width;
    Layers layers{.letters = letters.row(y)};
    if (stroked) layers.stroked = stroked->row(y);
    if (coloured) layers.coloured = coloured->row(y);
    if (!shadow.empty()) layers.shadow = std::span(shadow).subspan(first, width);
    mix(layers, text, &raster.rgba[4 * first]);
  }
  return raster;
}

}  // namespace wm
