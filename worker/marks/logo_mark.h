#pragma once

// A mark from a picture file: decoded once, scaled for each picture size. SVG is rendered at every size, so
// it stays sharp. A colour key makes its colour transparent before any scaling.

#include <cstdint>
#include <optional>

#include "common/picture/picture_format.h"
#include "worker/marks/mark_source.h"

namespace wm {

class LogoMark : public MarkSource {
 public:
  /// Borrows `logo`. Throws MarkError when it cannot be read or has no visible pixel.
  explicit LogoMark(const Logo& logo);

  [[nodiscard]] std::uint8_t most_alpha() const override { return most_alpha_; }
  Size natural_size(Size picture) override;
  Raster draw(Size picture, Size size) override;

 private:
  void read();
  [[nodiscard]] Raster decode(double svg_scale) const;

  const Logo& logo_;
  PictureFormat format_;
  Size natural_;
  std::uint8_t most_alpha_ = 0;
  std::optional<Raster> decoded_;  // empty for SVG and for logos that are too large to keep
};

}  // namespace wm
