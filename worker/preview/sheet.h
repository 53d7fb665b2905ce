#pragma once

// The sheet on which a preview is drawn. Needs a running libvips. One thread.

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

  /// `picture`: 8-bit sRGB, with or without alpha, in memory. A chequered background shows through it. It is
  /// not scaled.
  void put(const vips::VImage& picture, Point at);

  /// Writes `utf8` literally, without markup; text that does not fit into `box` is cut in the middle.
  void write(const Box& box, const std::string& utf8);
  /// Written in place of a picture that is missing: the reason.
  void write_problem(const Box& room, const std::string& utf8);

  /// Draws a dashed line of two colours around `box`, one of which is visible on any picture. It lies outside
  /// of the box, and inside of `limits`.
  void outline(const Box& box, const Box& limits);

  /// Ends the drawing. Returns a PNG file that is labelled as a preview. Throws vips::VError, std::bad_alloc,
  /// std::runtime_error.
  [[nodiscard]] std::vector<std::byte> png();
  /// The same as a JPEG file without metadata of at most `longest` bytes, if quality 40 suffices for that.
  [[nodiscard]] std::vector<std::byte> jpeg(std::size_t longest);

 private:
  struct TextStyle {
    int lines = 2;
    double grey = 0;
  };
  void write(const Box& box, const std::string& utf8, const TextStyle& style);
  /// The drawing, in sRGB.
  [[nodiscard]] vips::VImage finish();

  Size size_;
  Canvas canvas_;
};

/// The format in which processes exchange pictures. Throws vips::VError.
[[nodiscard]] std::vector<std::byte> to_png(const vips::VImage& picture);

}  // namespace wm
