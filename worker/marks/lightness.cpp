#include "worker/marks/lightness.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <span>

#include "worker/marks/lab.h"
#include "worker/marks/unit_colours.h"

namespace wm {
namespace {

double luma(double red, double green, double blue) {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/// `samples` are those of one pixel and are changed.
double lightness(const PixelLayout& layout, std::span<double> samples) {
  if (layout.space == ColourSpace::lab) return samples[0] / 100;
  if (layout.space == ColourSpace::lab_short) return samples[0] / 32767;
  to_unit_colours(layout, samples);
  switch (layout.space) {
    case ColourSpace::grey:
      return samples[0];
    case ColourSpace::linear_rgb:
      return srgb_encoded(luma(samples[0], samples[1], samples[2]));
    case ColourSpace::cmyk:
      return luma(samples[0], samples[1], samples[2]) * samples[3];
    default:
      return luma(samples[0], samples[1], samples[2]);
  }
}

template <class Sample>
double mean_of(const PixelArea& area, const PixelLayout& layout, const Box& box) {
  constexpr int most = 512;
  const int step_x = (box.width + most - 1) / most;
  const int step_y = (box.height + most - 1) / most;
  const auto colours = static_cast<std::size_t>(layout.colour_bands);
  std::array<double, 4> pixel{};
  double sum = 0;
  double count = 0;
  for (int y = box.top; y < box.top + box.height; y += step_y) {
    const auto* row =
        reinterpret_cast<const Sample*>(area.first + static_cast<std::size_t>(y) * area.row_bytes);
    for (int x = box.left; x < box.left + box.width; x += step_x) {
      const Sample* samples = row + static_cast<std::size_t>(x) * static_cast<std::size_t>(layout.bands);
      for (std::size_t band = 0; band < colours; ++band) pixel[band] = static_cast<double>(samples[band]);
      const double seen = std::clamp(lightness(layout, {pixel.data(), colours}), 0.0, 1.0);
      const double alpha =
          layout.has_alpha ? std::clamp(static_cast<double>(samples[colours]) / layout.opaque, 0.0, 1.0) : 1;
      const double value = seen * alpha + (1 - alpha);
      if (std::isnan(value)) continue;  // floating point pictures may hold such samples
      sum += value;
      ++count;
    }
  }
  return count > 0 ? sum / count : 0;
}

std::uint8_t byte(double value) {
  return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 1.0) * 255));
}

}  // namespace

double mean_lightness(const PixelArea& area, const PixelLayout& layout, const Box& box) {
  switch (layout.type) {
    case SampleType::u8:
      return mean_of<std::uint8_t>(area, layout, box);
    case SampleType::i8:
      return mean_of<std::int8_t>(area, layout, box);
    case SampleType::u16:
      return mean_of<std::uint16_t>(area, layout, box);
    case SampleType::i16:
      return mean_of<std::int16_t>(area, layout, box);
    case SampleType::u32:
      return mean_of<std::uint32_t>(area, layout, box);
    case SampleType::i32:
      return mean_of<std::int32_t>(area, layout, box);
    case SampleType::f32:
      return mean_of<float>(area, layout, box);
    case SampleType::f64:
      break;
  }
  return mean_of<double>(area, layout, box);
}

double mean_lightness(const Raster& raster) {
  double sum = 0;
  double weight = 0;
  for (std::size_t i = 0; i < raster.rgba.size(); i += 4) {
    const double alpha = raster.rgba[i + 3];
    sum += alpha * luma(raster.rgba[i], raster.rgba[i + 1], raster.rgba[i + 2]) / 255;
    weight += alpha;
  }
  return weight > 0 ? sum / weight : 0;
}

Raster lightness_inverted(const Raster& raster) {
  Raster result = raster;
  std::array<std::uint8_t, 3> from{};  // marks have few colours, and neighbouring pixels tend to share them
  std::array<std::uint8_t, 3> to{255, 255, 255};
  for (std::size_t i = 0; i < result.rgba.size(); i += 4) {
    std::uint8_t* const pixel = result.rgba.data() + i;
    if (std::memcmp(pixel, from.data(), 3) != 0) {
      std::memcpy(from.data(), pixel, 3);
      Lab lab = lab_of({from[0] / 255.0, from[1] / 255.0, from[2] / 255.0});
      lab.lightness = 100 - lab.lightness;
      const Srgb colour = srgb_of(lab);
      to = {byte(colour[0]), byte(colour[1]), byte(colour[2])};
    }
    std::memcpy(pixel, to.data(), 3);
  }
  return result;
}

}  // namespace wm
