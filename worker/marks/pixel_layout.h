#pragma once

// The layout of a picture's samples in memory and their meaning: all properties that a mark must match.

#include <cstddef>
#include <cstdint>

namespace wm {

enum class SampleType : std::uint8_t { u8, i8, u16, i16, u32, i32, f32, f64 };

[[nodiscard]] constexpr std::size_t sample_size(SampleType type) {
  switch (type) {
    case SampleType::u8:
    case SampleType::i8:
      return 1;
    case SampleType::u16:
    case SampleType::i16:
      return 2;
    case SampleType::u32:
    case SampleType::i32:
    case SampleType::f32:
      return 4;
    case SampleType::f64:
      break;
  }
  return 8;
}

enum class ColourSpace : std::uint8_t { grey, rgb, linear_rgb, cmyk, lab, lab_short };

struct PixelLayout {
  SampleType type = SampleType::u8;
  ColourSpace space = ColourSpace::rgb;
  int bands = 3;           // samples a pixel; those after colour and alpha are not touched
  int colour_bands = 3;    // the first of these
  bool has_alpha = false;  // the sample after the colours, not premultiplied
  double white = 255;      // the sample value of a full channel; no meaning in Lab
  double opaque = 255;     // the sample value of full alpha
  bool operator==(const PixelLayout&) const = default;
};

}  // namespace wm
