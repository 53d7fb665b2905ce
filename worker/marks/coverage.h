#pragma once

// Surfaces that Cairo draws on, and a blur for the drawn result.

#include <cstdint>
#include <span>
#include <vector>

#include "worker/marks/geometry.h"
#include "worker/marks/gobject_ptr.h"

namespace wm {

/// An initially transparent image surface. Cairo draws until finish(); only then may pixels be read.
class Canvas {
 public:
  /// `format` is CAIRO_FORMAT_A8 or CAIRO_FORMAT_ARGB32; no side may have more than 32,767 pixels. Throws
  /// std::bad_alloc, std::runtime_error.
  Canvas(cairo_format_t format, Size size);

  [[nodiscard]] cairo_t* cairo() const noexcept { return cairo_.get(); }
  /// Throws std::bad_alloc or std::runtime_error when any part could not be drawn.
  void finish();

  /// 1 byte a pixel in A8; blue, green, red, alpha, premultiplied, in ARGB32.
  [[nodiscard]] std::span<const std::uint8_t> row(int y) const noexcept {
    return {first_ + static_cast<std::size_t>(y) * stride_, row_bytes_};
  }
  /// All rows of an A8 surface without gaps.
  [[nodiscard]] std::vector<std::uint8_t> plane() const;

 private:
  Size size_;
  CairoSurfacePtr surface_;
  CairoPtr cairo_;
  const std::uint8_t* first_ = nullptr;
  std::size_t stride_ = 0;
  std::size_t row_bytes_ = 0;
};

/// Gaussian blur of rows without gaps; all pixels outside count as 0. Its time does not depend on
/// `standard_deviation`. Throws std::bad_alloc.
void blur(std::vector<std::uint8_t>& coverage, Size size, double standard_deviation);

}  // namespace wm
