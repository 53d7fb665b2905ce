#pragma once

// Text marks in tests: drawn in one call, and measured by counting pixels.

#include <string>

#include "worker/marks/text_mark.h"
#include "worker/vips/runtime.h"

namespace wm::test {

inline Text text_of(const std::string& words, double pixels) {
  Text text;
  text.text = words;
  text.size = {pixels, Length::Unit::pixels};
  return text;
}

/// At its natural size.
inline Raster drawn(const Text& text) {
  start_vips();
  TextMark mark(text);
  constexpr Size picture{4000, 3000};
  return mark.draw(picture, mark.natural_size(picture));
}

struct Pixel {
  int red, green, blue, alpha;
};

inline Pixel pixel_at(const Raster& raster, int x, int y) {
  const std::size_t at = 4 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(raster.size.width) +
                              static_cast<std::size_t>(x));
  return {raster.rgba[at], raster.rgba[at + 1], raster.rgba[at + 2], raster.rgba[at + 3]};
}

/// Moments of the pixels' alpha, 1 being opaque; `weight` gives each pixel's part.
struct Moments {
  double area = 0, x = 0, y = 0;  // the sum; the centre, of pixels' middles
  double spread_x = 0;            // the variance
};

template <class Weight>
Moments moments(const Raster& raster, const Weight& weight) {
  Moments sum;
  double square = 0;
  for (int y = 0; y < raster.size.height; ++y) {
    for (int x = 0; x < raster.size.width; ++x) {
      const double part = weight(pixel_at(raster, x, y));
      sum.area += part;
      sum.x += part * (x + 0.5);
      sum.y += part * (y + 0.5);
      square += part * (x + 0.5) * (x + 0.5);
    }
  }
  sum.x /= sum.area;
  sum.y /= sum.area;
  sum.spread_x = square / sum.area - sum.x * sum.x;
  return sum;
}

inline Moments moments(const Raster& raster) {
  return moments(raster, [](const Pixel& pixel) { return pixel.alpha / 255.0; });
}

/// First and last column with ink that is more than half opaque, in rows from `top` to before `bottom`.
struct Columns {
  int first, last;
};

inline Columns inked_columns(const Raster& raster, int top, int bottom) {
  Columns columns{raster.size.width, -1};
  for (int y = top; y < bottom; ++y) {
    for (int x = 0; x < raster.size.width; ++x) {
      if (pixel_at(raster, x, y).alpha <= 127) continue;
      columns.first = std::min(columns.first, x);
      columns.last = std::max(columns.last, x);
    }
  }
  return columns;
}

}  // namespace wm::test
