#include "worker/marks/unit_colours.h"

#include "worker/marks/lab.h"

namespace wm {
namespace {

/// The value of one unit of L and of a and b. libvips' LABS: 32767 is L = 100, 32768 would be a = 128.
struct LabScale {
  double lightness, chroma;
};

LabScale lab_scale(ColourSpace space) {
  return space == ColourSpace::lab_short ? LabScale{100.0 / 32767, 128.0 / 32768} : LabScale{1, 1};
}

bool is_lab(ColourSpace space) {
  return space == ColourSpace::lab || space == ColourSpace::lab_short;
}

}  // namespace

void to_unit_colours(const PixelLayout& layout, std::span<double> samples) {
  if (is_lab(layout.space)) {
    const LabScale scale = lab_scale(layout.space);
    for (std::size_t i = 0; i + 2 < samples.size(); i += 3) {
      const Srgb colour = srgb_of(
          {samples[i] * scale.lightness, samples[i + 1] * scale.chroma, samples[i + 2] * scale.chroma});
      for (std::size_t band = 0; band < 3; ++band) samples[i + band] = colour[band];
    }
    return;
  }
  const bool ink = layout.space == ColourSpace::cmyk;
  for (double& sample : samples) {
    sample /= layout.white;
    if (ink) sample = 1 - sample;
  }
}

void from_unit_colours(const PixelLayout& layout, std::span<double> colours) {
  if (is_lab(layout.space)) {
    const LabScale scale = lab_scale(layout.space);
    for (std::size_t i = 0; i + 2 < colours.size(); i += 3) {
      const Lab lab = lab_of({colours[i], colours[i + 1], colours[i + 2]});
      colours[i] = lab.lightness / scale.lightness;
      colours[i + 1] = lab.a / scale.chroma;
      colours[i + 2] = lab.b / scale.chroma;
    }
    return;
  }
  const bool ink = layout.space == ColourSpace::cmyk;
  for (double& colour : colours) {
    if (ink) colour = 1 - colour;
    colour *= layout.white;
  }
}

}  // namespace wm
