#include "worker/marks/blend.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include "worker/marks/blend_modes.h"
#include "worker/marks/unit_colours.h"

namespace wm {
namespace {

// float holds 8-bit arithmetic with room to spare and is twice as fast as double.
template <class Sample>
using Real = std::conditional_t<sizeof(Sample) == 1, float, double>;

template <class Sample>
Sample to_sample(Real<Sample> value) {
  if constexpr (std::is_floating_point_v<Sample>) {
    return static_cast<Sample>(value);
  } else if constexpr (std::is_unsigned_v<Sample> && sizeof(Sample) < sizeof(int)) {
    // Via int, which processors convert many at once.
    return static_cast<Sample>(static_cast<int>(value + Real<Sample>(0.5)));
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

/// Samples of a picture without alpha, each with its own weight of the mark.
template <class Sample>
void blend_opaque(Sample* __restrict samples, const Sample* __restrict mark, std::size_t count,
                  const Real<Sample>* __restrict weights) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto below = static_cast<Real<Sample>>(samples[i]);
    const auto above = static_cast<Real<Sample>>(mark[i]);
    samples[i] = to_sample<Sample>(below + (above - below) * weights[i]);
  }
}

/// One pixel whose alpha lies after its colours.
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

/// The first i in [from, to) with alpha[i] != 0, or `to`. Most of a turned text is transparent.
std::size_t next_visible(const std::uint8_t* alpha, std::size_t from, std::size_t to) {
  std::uint64_t eight = 0;
  for (; from + sizeof eight <= to; from += sizeof eight) {
    std::memcpy(&eight, alpha + from, sizeof eight);
    if (eight != 0) break;
  }
  while (from < to && alpha[from] == 0) ++from;
  return from;
}

std::size_t next_transparent(const std::uint8_t* alpha, std::size_t from, std::size_t to) {
  const void* const found = std::memchr(alpha + from, 0, to - from);
  return found == nullptr ? to : static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - alpha);
}

/// Calls use(first, pixel, count) for each run of visible pixels in a row of the mark, clipped to the area:
/// `first` is the index of the mark's pixel, `pixel` the picture's pixel under it. Sets `changed` when a
/// sample changes; after that nothing is compared.
template <class Sample, class Use>
void for_each_run(const PixelArea& area, const PixelLayout& layout, const PreparedMark& mark, Point position,
                  bool& changed, Use use) {
  const Box box = clip({position.x, position.y, mark.size.width, mark.size.height}, area.size);
  if (box.empty()) return;
  const auto width = static_cast<std::size_t>(box.width);
  const auto bands = static_cast<std::size_t>(layout.bands);
  std::vector<Sample> before;
  const auto use_and_compare = [&](std::size_t first, Sample* pixel, std::size_t count) {
    before.assign(pixel, pixel + count * bands);
    use(first, pixel, count);
    changed = std::memcmp(before.data(), pixel, before.size() * sizeof(Sample)) != 0;
  };
  for (int y = box.top; y < box.top + box.height; ++y) {
    const std::size_t first =
        static_cast<std::size_t>(y - position.y) * static_cast<std::size_t>(mark.size.width) +
        static_cast<std::size_t>(box.left - position.x);
    auto* const pixel = reinterpret_cast<Sample*>(area.first + static_cast<std::size_t>(y) * area.row_bytes) +
                        static_cast<std::size_t>(box.left) * bands;
    const std::uint8_t* const alpha = mark.alpha.data() + first;
    for (std::size_t x = next_visible(alpha, 0, width); x < width;) {
      const std::size_t end = next_transparent(alpha, x, width);
      if (changed) {
        use(first + x, pixel + x * bands, end - x);
      } else {
        use_and_compare(first + x, pixel + x * bands, end - x);
      }
      x = next_visible(alpha, end, width);
    }
  }
}

/// A run of pixels without alpha. First the weights of all samples, then plain arithmetic on them, which
/// compilers vectorise; tiles cover whole pictures.
template <class Sample, std::size_t Colours>
void blend_opaque_run(Sample* pixel, const Sample* colours, const std::uint8_t* alpha, std::size_t count,
                      const AlphaTable<Sample>& table) {
  constexpr std::size_t chunk = 64;
  std::array<Real<Sample>, chunk * Colours> weights;  // NOLINT(*-member-init): written before it is read
  for (std::size_t from = 0; from < count; from += chunk) {
    const std::size_t pixels = std::min(chunk, count - from);
    for (std::size_t i = 0; i < pixels; ++i) {
      const Real<Sample> weight = table[alpha[from + i]];
      for (std::size_t band = 0; band < Colours; ++band) weights[i * Colours + band] = weight;
    }
    blend_opaque(pixel + from * Colours, colours + from * Colours, pixels * Colours, weights.data());
  }
}

template <class Sample, std::size_t Colours>
void blend_over(const PixelArea& area, const PixelLayout& layout, const PreparedMark& mark, Point position,
                const AlphaTable<Sample>& table, bool& changed) {
  const auto opaque = static_cast<Real<Sample>>(layout.opaque);
  const auto bands = static_cast<std::size_t>(layout.bands);
  const auto* const mark_colours = reinterpret_cast<const Sample*>(mark.colours.data());
  const auto blend_run = [&](std::size_t first, Sample* pixel, std::size_t count) {
    if (bands == Colours) {
      const std::uint8_t* const alpha = mark.alpha.data() + first;
      blend_opaque_run<Sample, Colours>(pixel, mark_colours + first * Colours, alpha, count, table);
      return;
    }
    for (std::size_t i = first; i < first + count; ++i, pixel += bands) {
      const auto alpha = table[mark.alpha[i]];
      if (layout.has_alpha) {
        blend_with_alpha(pixel, mark_colours + i * Colours, Colours, alpha, opaque);
      } else {
        const std::array<Real<Sample>, 4> weights{alpha, alpha, alpha, alpha};
        blend_opaque(pixel, mark_colours + i * Colours, Colours, weights.data());
      }
    }
  };
  for_each_run<Sample>(area, layout, mark, position, changed, blend_run);
}

/// Modes other than `over`, run by run in double.
template <class Sample>
class ModeBlender {
 public:
  ModeBlender(const PixelLayout& layout, const PreparedMark& mark, BlendMode mode, double opacity)
      : layout_(layout), mark_(mark), mode_(mode), opacity_(opacity) {}

  void operator()(const PixelArea& area, Point position, bool& changed) {
    for_each_run<Sample>(
        area, layout_, mark_, position, changed,
        [&](std::size_t first, Sample* pixel, std::size_t count) { blend_run(first, pixel, count); });
  }

 private:
  void blend_run(std::size_t first, Sample* pixel, std::size_t count) {
    const auto colours = static_cast<std::size_t>(layout_.colour_bands);
    const auto bands = static_cast<std::size_t>(layout_.bands);
    const auto* const mark = reinterpret_cast<const Sample*>(mark_.colours.data()) + first * colours;
    source_.assign(mark, mark + count * colours);
    result_.resize(count * colours);
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t band = 0; band < colours; ++band) {
        result_[i * colours + band] = static_cast<double>(pixel[i * bands + band]);
      }
    }
    to_unit_colours(layout_, source_);
    to_unit_colours(layout_, result_);
    apply_blend_mode(mode_, result_, source_);
    from_unit_colours(layout_, result_);
    for (std::size_t i = 0; i < count; ++i, pixel += bands) {
      mix(pixel, mark + i * colours, result_.data() + i * colours, mark_.alpha[first + i] / 255.0 * opacity_);
    }
  }

  void mix(Sample* pixel, const Sample* mark, const double* mode_colour, double alpha) const {
    const auto colours = static_cast<std::size_t>(layout_.colour_bands);
    const double backdrop = layout_.has_alpha ? static_cast<double>(pixel[colours]) / layout_.opaque : 1;
    const double result = alpha + backdrop * (1 - alpha);
    if (!(result > 0)) return;
    for (std::size_t band = 0; band < colours; ++band) {
      const double above = (1 - backdrop) * static_cast<double>(mark[band]) + backdrop * mode_colour[band];
      const auto below = static_cast<double>(pixel[band]);
      pixel[band] = to_limited((above * alpha + below * backdrop * (1 - alpha)) / result);
    }
    if (layout_.has_alpha) pixel[colours] = to_limited(result * layout_.opaque);
  }

  /// A mode may map samples beyond white to values that an integer cannot hold.
  static Sample to_limited(double value) {
    if constexpr (std::is_floating_point_v<Sample>) {
      return static_cast<Sample>(value);
    } else {
      using Limits = std::numeric_limits<Sample>;
      const double limited =
          std::clamp(value, static_cast<double>(Limits::min()), static_cast<double>(Limits::max()));
      // Truncation equals floor for non-negative values.
      return static_cast<Sample>(std::is_unsigned_v<Sample> ? limited + 0.5 : std::floor(limited + 0.5));
    }
  }

  PixelLayout layout_;
  const PreparedMark& mark_;
  BlendMode mode_;
  double opacity_;
  std::vector<double> source_, result_;  // of one run
};

using Put = std::function<void(const PixelArea&, Point, bool& changed)>;

template <class Sample, std::size_t Colours>
Put over(const PixelLayout& layout, const PreparedMark& mark, double opacity) {
  return [layout, &mark, table = alpha_table<Sample>(opacity)](const PixelArea& area, Point position,
                                                               bool& changed) {
    blend_over<Sample, Colours>(area, layout, mark, position, table, changed);
  };
}

template <class Sample>
Put blend_function(const PixelLayout& layout, const PreparedMark& mark, BlendMode mode, double opacity) {
  const int colours = layout.colour_bands;
  if (mode != BlendMode::over && colours >= 1) return ModeBlender<Sample>(layout, mark, mode, opacity);
  switch (colours) {
    case 1:
      return over<Sample, 1>(layout, mark, opacity);
    case 3:
      return over<Sample, 3>(layout, mark, opacity);
    case 4:
      return over<Sample, 4>(layout, mark, opacity);
    default:
      return [](const PixelArea&, Point, bool&) {};  // no colour space has another number
  }
}

Put blend_function(const PixelLayout& layout, const PreparedMark& mark, BlendMode mode, double opacity) {
  switch (layout.type) {
    case SampleType::u8:
      return blend_function<std::uint8_t>(layout, mark, mode, opacity);
    case SampleType::i8:
      return blend_function<std::int8_t>(layout, mark, mode, opacity);
    case SampleType::u16:
      return blend_function<std::uint16_t>(layout, mark, mode, opacity);
    case SampleType::i16:
      return blend_function<std::int16_t>(layout, mark, mode, opacity);
    case SampleType::u32:
      return blend_function<std::uint32_t>(layout, mark, mode, opacity);
    case SampleType::i32:
      return blend_function<std::int32_t>(layout, mark, mode, opacity);
    case SampleType::f32:
      return blend_function<float>(layout, mark, mode, opacity);
    case SampleType::f64:
      break;
  }
  return blend_function<double>(layout, mark, mode, opacity);
}

}  // namespace

Blender::Blender(const PixelLayout& layout, const PreparedMark& mark, BlendMode mode, double opacity)
    : put_(opacity > 0 ? blend_function(layout, mark, mode, opacity)
                       : [](const PixelArea&, Point, bool&) {}) {}

void blend(const PixelArea& area, const PixelLayout& layout, const PreparedMark& mark, Point position,
           double opacity, BlendMode mode) {
  Blender(layout, mark, mode, opacity).put(area, position);
}

}  // namespace wm
