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

constexpr double reach_of_blur = 3;  // standard deviations; beyond them less than 0.3 % is left
constexpr double far_pixels = 1e8;

int limited(double value) {
  return static_cast<int>(std::clamp(value, -far_pixels, far_pixels));
}

bool has_shadow(const Text& text) {
  return text.shadow && text.shadow->colour.alpha != 0;
}

/// From a text's own space to the pixels of the raster.
struct View {
  double scale;
  double x, y;
};

/// Where letters with colours of their own are; transparent elsewhere. Premultiplied BGRA.
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

/// How much of each pixel the letters cover, with `stroke` pixels around them.
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

std::vector<std::uint8_t> shadow_coverage(const TextShape& shape, const Text& text,
                                          const TextMeasures& lengths, const View& letters, Size size) {
  const View view{letters.scale, letters.x + lengths.shadow_x * letters.scale,
                  letters.y + lengths.shadow_y * letters.scale};
  const Canvas outlines = outline_coverage(shape, lengths, lengths.stroke, view, size);
  std::vector<std::uint8_t> coverage = outlines.plane();
  if (shape.has_coloured_letters()) {
    const Canvas coloured = coloured_letters(shape, text, lengths, view, size);
    for (int y = 0; y < size.height; ++y) {
      const std::span<const std::uint8_t> row = coloured.row(y);
      for (int x = 0; x < size.width; ++x) {
        auto& below = coverage[static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width) +
                               static_cast<std::size_t>(x)];
        below = std::max(below, row[4 * static_cast<std::size_t>(x) + 3]);
      }
    }
  }
  blur(coverage, size, lengths.blur * letters.scale);
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
    const auto alpha = static_cast<std::uint8_t>(std::lround(std::clamp(value[3], 0.0F, 1.0F) * 255));
    if (alpha == 0) return;
    for (std::size_t i = 0; i < 3; ++i) {
      rgba[i] = static_cast<std::uint8_t>(std::lround(std::clamp(value[i] / value[3], 0.0F, 1.0F) * 255));
    }
    rgba[3] = alpha;
  }
};

Light premultiplied_bgra(const std::uint8_t* pixel, float alpha) {
  const auto part = [&](int i) { return static_cast<float>(pixel[i]) / 255.0F * alpha; };
  return {{part(2), part(1), part(0), part(3)}};
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
  if (ink.empty()) return {};
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
  std::vector<std::uint8_t> shadow;
  if (has_shadow(text)) shadow = shadow_coverage(shape, text, lengths, view, size);
  const Canvas letters = outline_coverage(shape, lengths, 0, view, size);
  std::optional<Canvas> stroked;
  if (lengths.stroke > 0) stroked = outline_coverage(shape, lengths, lengths.stroke, view, size);
  std::optional<Canvas> coloured;
  if (shape.has_coloured_letters()) coloured = coloured_letters(shape, text, lengths, view, size);

  Raster raster{size, {}};
  raster.rgba.resize(4 * raster.pixel_count());
  const auto width = static_cast<std::size_t>(size.width);
  for (int y = 0; y < size.height; ++y) {
    const std::size_t first = static_cast<std::size_t>(y) * width;
    const auto letter_row = letters.row(y);
    const auto stroke_row = stroked ? stroked->row(y) : letter_row;
    for (std::size_t x = 0; x < width; ++x) {
      const int inside = letter_row[x];
      Light light;
      light.add(text.fill, static_cast<float>(inside) / 255.0F);
      if (stroked) {
        const int around = std::max(0, stroke_row[x] - inside);
        light.add(text.stroke->colour, static_cast<float>(around) / 255.0F);
      }
      if (coloured) {
        Light own =
            premultiplied_bgra(&coloured->row(y)[4 * x], static_cast<float>(text.fill.alpha) / 255.0F);
        own.put_over(light);
        light = own;
      }
      if (!shadow.empty()) {
        Light below;
        below.add(text.shadow->colour, static_cast<float>(shadow[first + x]) / 255.0F);
        light.put_over(below);
      }
      light.write(&raster.rgba[4 * (first + x)]);
    }
  }
  return raster;
}

}  // namespace wm
