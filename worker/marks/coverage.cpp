#include "worker/marks/coverage.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <new>
#include <stdexcept>
#include <string>

namespace wm {
namespace {

static_assert(std::endian::native == std::endian::little, "the order of Cairo's channels");

void check(cairo_status_t status) {
  if (status == CAIRO_STATUS_NO_MEMORY) throw std::bad_alloc();
  if (status != CAIRO_STATUS_SUCCESS) {
    throw std::runtime_error(std::string("Cairo: ") + cairo_status_to_string(status));
  }
}

/// One of three successive box filters, which together approximate a Gaussian without a visible difference.
/// The pixels at the box's ends count in part, so that any width is met exactly.
struct BoxFilter {
  explicit BoxFilter(double standard_deviation) {
    const double variance = standard_deviation * standard_deviation / 3;
    radius = static_cast<int>((std::sqrt(12 * variance + 1) - 1) / 2);
    const double r = radius;
    const double part = (2 * r + 1) * (r * (r + 1) - 3 * variance) / (6 * (variance - (r + 1) * (r + 1)));
    ends = static_cast<float>(part);
    weight = static_cast<float>(1 / (2 * r + 1 + 2 * part));
  }
  int radius;
  float ends;
  float weight;
};

// The number of lines that are filtered side by side, for the sake of the processor's vectors and cache.
constexpr std::size_t lanes = 16;
using Lanes = std::array<float, lanes>;

/// Filters `from`, `from.size()` pixels of `lanes` lines, into `to`; all pixels outside count as 0.
void filter(const BoxFilter& box, std::span<const Lanes> from, std::span<Lanes> to) {
  const auto length = static_cast<std::ptrdiff_t>(from.size());
  const Lanes nothing{};
  const auto at = [&](std::ptrdiff_t i) -> const Lanes& {
    return i < 0 || i >= length ? nothing : from[static_cast<std::size_t>(i)];
  };
  Lanes sum{};
  for (std::ptrdiff_t i = 0; i < std::min<std::ptrdiff_t>(box.radius, length); ++i) {
    for (std::size_t lane = 0; lane < lanes; ++lane) sum[lane] += at(i)[lane];
  }
  for (std::ptrdiff_t i = 0; i < length; ++i) {
    const Lanes& entering = at(i + box.radius);
    const Lanes& before = at(i - box.radius - 1);
    const Lanes& after = at(i + box.radius + 1);
    Lanes result;  // not in place: lets the compiler see that nothing overlaps
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      sum[lane] += entering[lane] - before[lane];
      result[lane] = (sum[lane] + box.ends * (before[lane] + after[lane])) * box.weight;
    }
    to[static_cast<std::size_t>(i)] = result;
  }
}

/// Blurs along lines of `length` pixels; pixels lie `pixel_step` bytes apart, lines `line_step`.
void blur_lines(std::vector<std::uint8_t>& coverage, const BoxFilter& box, std::size_t length,
                std::size_t pixel_step, std::size_t lines, std::size_t line_step) {
  std::vector<Lanes> one(length);
  std::vector<Lanes> other(length);
  for (std::size_t first = 0; first < lines; first += lanes) {
    const std::size_t count = std::min(lanes, lines - first);
    std::uint8_t* const start = &coverage[first * line_step];
    for (std::size_t i = 0; i < length; ++i) {
      for (std::size_t lane = 0; lane < count; ++lane) {
        one[i][lane] = start[i * pixel_step + lane * line_step];
      }
    }
    filter(box, one, other);
    filter(box, other, one);
    filter(box, one, other);
    for (std::size_t i = 0; i < length; ++i) {
      for (std::size_t lane = 0; lane < count; ++lane) {
        start[i * pixel_step + lane * line_step] =
            static_cast<std::uint8_t>(std::clamp(other[i][lane] + 0.5F, 0.0F, 255.0F));
      }
    }
  }
}

}  // namespace

Canvas::Canvas(cairo_format_t format, Size size)
    : size_(size),
      surface_(cairo_image_surface_create(format, size.width, size.height)),
      cairo_(cairo_create(surface_.get())),
      row_bytes_(static_cast<std::size_t>(size.width) * (format == CAIRO_FORMAT_A8 ? 1 : 4)) {
  check(cairo_surface_status(surface_.get()));
  check(cairo_status(cairo_.get()));
}

void Canvas::finish() {
  check(cairo_status(cairo_.get()));
  cairo_.reset();
  cairo_surface_flush(surface_.get());
  check(cairo_surface_status(surface_.get()));
  first_ = cairo_image_surface_get_data(surface_.get());
  stride_ = static_cast<std::size_t>(cairo_image_surface_get_stride(surface_.get()));
}

std::vector<std::uint8_t> Canvas::plane() const {
  std::vector<std::uint8_t> rows;
  rows.reserve(row_bytes_ * static_cast<std::size_t>(size_.height));
  for (int y = 0; y < size_.height; ++y) rows.insert(rows.end(), row(y).begin(), row(y).end());
  return rows;
}

void blur(std::vector<std::uint8_t>& coverage, Size size, double standard_deviation) {
  if (!(standard_deviation > 0) || coverage.empty()) return;
  const BoxFilter box(std::min(standard_deviation, 1e5));
  const auto width = static_cast<std::size_t>(size.width);
  const auto height = static_cast<std::size_t>(size.height);
  blur_lines(coverage, box, width, 1, height, width);
  blur_lines(coverage, box, height, width, width, 1);
}

}  // namespace wm
