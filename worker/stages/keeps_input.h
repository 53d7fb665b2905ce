#pragma once

// Whether a picture without a visible mark may be published as an exact copy of its input.

#include "common/job/encoding.h"
#include "worker/stages/picture.h"
#include "worker/stages/turn_upright.h"

namespace wm {

/// True when nothing in the encoding would change the picture. Pure.
[[nodiscard]] inline bool keeps_input(const Encoding& encoding, const Picture& picture) {
  if (output_format(picture.format, encoding.format) != picture.format) return false;
  Encoding asked = encoding;
  asked.format = OutputFormat::keep;
  asked.jpeg_path = JpegPathChoice::automatic;
  if (picture.orientation.value() == 1) asked.autorotate = false;
  if (picture.jpeg && picture.jpeg->exact_quality && picture.jpeg->quality == asked.quality)
    asked.quality.reset();
  return asked == Encoding{};
}

}  // namespace wm
