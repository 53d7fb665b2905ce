#include "worker/marks/blend.h"

#include <array>
#include <cmath>
#include <type_traits>

namespace wm {
namespace {

// float holds 8-bit arithmetic with room to spare and is twice as fast as double.
template <class Sample>
using Real = std::conditional_t<sizeof(Sample) == 1, float, double>;

template <class Sample>
Sample to_sample(Real<Sample> value) {
  if constexpr (std::is_floating_point_v<Sample>) {
    return static_cast<Sample>(value);
  } else if constexpr (std::is_unsigned_v<Sample>) {
    return static_cast<Sample>(value + Real<Sample>(0.5));  // never negative, so truncation is floor
  } else {
    return static_cast<Sample>(std::floor(value + Real<Sample>(0.5)));
  }
}

template <class Sample>
using AlphaTable = std::array<Real<Sample>, 256>;

template <class Sample>
AlphaTable<Sample> alpha_table(double opacity) {
  AlphaTable<Sample> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i] = static_cast<Real<Sample>>(static_cast<double>(i) / 255.0 * opacity);
  }
  return table;
}

/// One pixel of a picture without alpha.
template <class Sample>
void blend_opaque(Sample* pixel, const Sample* mark, std::size_t colours, Real<Sample> alpha) {
  for (std::size_t band = 0; band < colours; ++band) {
    const auto below = static_cast<Real<Sample>>(pixel[band]);
    const auto above = static_cast<Real<Sample>>(mark[band]);
    pixel[band] = to_sample<Sample>(below + (above - below) * alpha);
  }
}

/// One pixel whose alpha lies behind its colours.
template <class Sample>
void blend_with_alpha(Sample* pixel, const Sample* mark, std::size_t colours, Real<Sample> alpha,
                      Real<Sample> opaque) {
  using R = Real<Sample>;
  const R backdrop = static_cast<R>(pixel[colours]) / opaque * (1 - alpha);
  const R result = alpha + backdrop;
  if (!(result > 0)) return;
  for (std::size_t band = 0; band < colours; ++band) {
    const R sum = static_cast<R>(mark[band]) * alpha + static_cast<R>(pixel[band]) * backdrop;
    pixel[band] = to_sample<Sample>(sum / result);
  }
  pixel[colours] = to_sample<Sample>(result * opaque);
}

template <class Sample, std::size_t Colours>
void blend_rows(const PixelArea& area, const PixelLayout& layout, const PreparedMark& mark, Point position,
                double opacity) {
  const Box box = clip({position.x, position.y, mark.size.width, mark.size.height}, area.size);
  if (box.empty()) return;
  const auto table = alpha_table<Sample>(opacity);
  const auto opaque = static_cast<Real<Sample>>(layout.opaque);
  const auto bands = static_cast<std::size_t>(layout.bands);
  const auto* const mark_colours = reinterpret_cast<const Sample*>(mark.colours.data());
  const auto mark_width = static_cast<std::size_t>(mark.size.width);

  for (int y = box.top; y < box.top + box.height; ++y) {
    const std::size_t first = static_cast<std::size_t>(y - position.y) * mark_width +
                              static_cast<std::size_t>(box.left - position.x);
    auto* pixel = reinterpret_cast<Sample*>(area.first + static_cast<std::size_t>(y) * area.row_bytes) +
                  static_cast<std::size_t>(box.left) * bands;
    for (std::size_t i = first; i < first + static_cast<std::size_t>(box.width); ++i, pixel += bands) {
      if (mark.alpha[i] == 0) continue;
      const auto alpha = table[mark.alpha[i]];
      if (layout.has_alpha) {
        blend_with_alpha(pixel, mark_colours + i * Colours, Colours, alpha, opaque);
      } else {
        blend_opaque(pixel, mark_colours + i * Colours, Colours, alpha);
      }
    }
  }
}

template <class Sample>
void blend_samples(const PixelArea& area, const PixelLayout& layout, const PreparedMark& mark, Point position,
                   double opacity) {
  switch (layout.colour_bands) {
    case 1:
      return blend_rows<Sample, 1>(area, layout, mark, position, opacity);
    case 3:
      return blend_rows<Sample, 3>(area, layout, mark, position, opacity);
    case 4:
      return blend_rows<Sample, 4>(area, layout, mark, position, opacity);
    default:
      return;  // no colour space has another number
  }
}

}  // namespace

void blend(const PixelArea& area, const PixelLayout& layout, const PreparedMark& mark, Point position,
           double opacity) {
  if (!(opacity > 0)) return;
  switch (layout.type) {
    case SampleType::u8:
      return blend_samples<std::uint8_t>(area, layout, mark, position, opacity);
    case SampleType::i8:
      return blend_samples<std::int8_t>(area, layout, mark, position, opacity);
    case SampleType::u16:
      return blend_samples<std::uint16_t>(area, layout, mark, position, opacity);
    case SampleType::i16:
      return blend_samples<std::int16_t>(area, layout, mark, position, opacity);
    case SampleType::u32:
      return blend_samples<std::uint32_t>(area, layout, mark, position, opacity);
    case SampleType::i32:
      return blend_samples<std::int32_t>(area, layout, mark, position, opacity);
    case SampleType::f32:
      return blend_samples<float>(area, layout, mark, position, opacity);
    case SampleType::f64:
      return blend_samples<double>(area, layout, mark, position, opacity);
  }
}

}  // namespace wm
