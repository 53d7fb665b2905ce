#include "worker/stages/sample_layout.h"

#include "common/job/outcome.h"

namespace wm {
namespace {

SampleType sample_type(VipsBandFormat format) {
  switch (format) {
    case VIPS_FORMAT_CHAR:
      return SampleType::i8;
    case VIPS_FORMAT_USHORT:
      return SampleType::u16;
    case VIPS_FORMAT_SHORT:
      return SampleType::i16;
    case VIPS_FORMAT_UINT:
      return SampleType::u32;
    case VIPS_FORMAT_INT:
      return SampleType::i32;
    case VIPS_FORMAT_FLOAT:
      return SampleType::f32;
    case VIPS_FORMAT_DOUBLE:
      return SampleType::f64;
    default:
      return SampleType::u8;
  }
}

ColourSpace colour_space(const vips::VImage& image) {
  switch (image.interpretation()) {
    case VIPS_INTERPRETATION_LAB:
      return ColourSpace::lab;
    case VIPS_INTERPRETATION_LABS:
      return ColourSpace::lab_short;
    case VIPS_INTERPRETATION_CMYK:
      return ColourSpace::cmyk;
    case VIPS_INTERPRETATION_scRGB:
      return ColourSpace::linear_rgb;
    default:
      return image.bands() < 3 ? ColourSpace::grey : ColourSpace::rgb;
  }
}

int colour_bands(ColourSpace space) {
  switch (space) {
    case ColourSpace::grey:
      return 1;
    case ColourSpace::cmyk:
      return 4;
    default:
      return 3;
  }
}

/// The value of full intensity among bands [first, first + count).
double full_value(const vips::VImage& image, SampleType type, ColourSpace space, int first, int count) {
  switch (type) {
    case SampleType::u8:
      return 255;
    case SampleType::i8:
      return 127;
    case SampleType::u16:
      return 65535;
    case SampleType::i16:
      return 32767;
    default:
      break;
  }
  const double largest = image.extract_band(first, vips::VImage::option()->set("n", count)).max();
  // Highlights of linear light may well exceed white.
  if (largest <= (space == ColourSpace::linear_rgb ? 100 : 2)) return 1;
  return largest <= 511 ? 255 : 65535;
}

}  // namespace

void check_samples(const vips::VImage& image) {
  const auto coding = image.get_image()->Coding;
  if (vips_band_format_iscomplex(image.format()) != FALSE ||
      (coding != VIPS_CODING_NONE && coding != VIPS_CODING_LABQ)) {
    throw TaskFailure(FailureKind::unsupported, "has a kind of samples that no mark can be blended with");
  }
}

PixelLayout layout_of(const vips::VImage& image) {
  PixelLayout layout;
  layout.type = sample_type(image.format());
  layout.space = colour_space(image);
  layout.bands = image.bands();
  layout.colour_bands = colour_bands(layout.space);
  if (layout.bands < layout.colour_bands) {
    throw TaskFailure(FailureKind::unsupported, "has fewer channels than its colour space needs");
  }
  layout.has_alpha = image.has_alpha() && layout.bands > layout.colour_bands;
  layout.white = full_value(image, layout.type, layout.space, 0, layout.colour_bands);
  if (layout.has_alpha)
    layout.opaque = full_value(image, layout.type, ColourSpace::grey, layout.colour_bands, 1);
  return layout;
}

}  // namespace wm
