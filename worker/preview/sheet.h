#pragma once

// The sheet of paper on which a preview is drawn. Needs a running libvips. One thread.

#include <cstddef>
#include <string>
#include <vector>

#include <vips/vips8>

#include "worker/marks/coverage.h"
#include "worker/marks/geometry.h"

namespace wm {

class Sheet {
 public:
  /// Throws std::bad_alloc, std::runtime_error.
  explicit Sheet(Size size);

  /// `picture`: 8-bit sRGB, with or without alpha, in memory. A chequered ground is seen through it. It is
  /// not scaled.
  void put(const vips::VImage& picture, Point at);

  /// `utf8` as it is, no markup; what has no room in `box` is cut off, in the middle of the text.
  void write(const Box& box, const std::string& utf8);
  /// In place of a picture: why there is none.
  void write_problem(const Box& room, const std::string& utf8);

  /// A dashed line of two colours around `box`, of which one is seen on any picture. It lies outside of the
  /// box, and inside of `limits`.
  void outline(const Box& box, const Box& limits);

  /// Ends the drawing. A PNG file that says it is a preview. Throws vips::VError, std::bad_alloc,
  /// std::runtime_error.
  [[nodiscard]] std::vector<std::byte> png();

 private:
  struct TextStyle {
    int lines = 2;
    double grey = 0;
  };
  void write(const Box& box, const std::string& utf8, const TextStyle& style);

  Size size_;
  Canvas canvas_;
};

/// The pictures that processes hand to each other. Throws vips::VError.
[[nodiscard]] std::vector<std::byte> to_png(const vips::VImage& picture);

}  // namespace wm
