#include "worker/marks/coverage.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

#include <vips/vips8>

namespace wm {
namespace {

static_assert(std::endian::native == std::endian::little, "the order of Cairo's channels");

void check(cairo_status_t status) {
  if (status == CAIRO_STATUS_NO_MEMORY) throw std::bad_alloc();
  if (status != CAIRO_STATUS_SUCCESS) {
    throw std::runtime_error(std::string("Cairo: ") + cairo_status_to_string(status));
  }
}

int rounded_up(int value, int step) {
  return (value + step - 1) / step * step;
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
  if (standard_deviation < 0.2) return;  // less than what grey edges do anyway
  // A wide blur is done on a smaller picture: its time would grow with its width, and it leaves nothing fine.
  const int step = std::clamp(static_cast<int>(standard_deviation / 3), 1,
                              std::max(1, std::min({size.width, size.height, 4096})));
  // Averaging over a step and drawing lines between the averages blur by themselves.
  const double by_steps = step == 1 ? 0 : (step * step - 1) / 12.0 + step * step / 6.0;
  const double rest = std::sqrt(standard_deviation * standard_deviation - by_steps) / step;
  const Size padded{rounded_up(size.width, step), rounded_up(size.height, step)};
  vips::VImage image = vips::VImage::new_from_memory(coverage.data(), coverage.size(), size.width,
                                                     size.height, 1, VIPS_FORMAT_UCHAR)
                           .embed(0, 0, padded.width, padded.height)
                           .cast(VIPS_FORMAT_FLOAT);
  if (step > 1) image = image.shrink(step, step);
  image =
      image.gaussblur(std::min(rest, 1000.0),
                      vips::VImage::option()->set("precision", VIPS_PRECISION_FLOAT)->set("min_ampl", 0.005));
  if (step > 1) image = image.resize(step, vips::VImage::option()->set("kernel", VIPS_KERNEL_LINEAR));
  image = (image + 0.5).cast(VIPS_FORMAT_UCHAR).crop(0, 0, size.width, size.height);
  std::size_t bytes = 0;
  const std::unique_ptr<void, decltype(&g_free)> pixels(image.write_to_memory(&bytes), &g_free);
  std::memcpy(coverage.data(), pixels.get(), std::min(bytes, coverage.size()));
}

}  // namespace wm
