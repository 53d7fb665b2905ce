#include "worker/marks/logo_mark.h"

#include <algorithm>

#include "worker/marks/raster_image.h"
#include "worker/vips/failure_text.h"
#include "worker/vips/load.h"

namespace wm {
namespace {

// Every worker holds its logos: 8 workers with one of this size have 128 MiB of them. Above it a logo is
// decoded again whenever a new size is needed.
constexpr std::size_t max_kept_bytes = std::size_t{16} << 20;

}  // namespace

LogoMark::LogoMark(const Logo& logo)
    : logo_(logo),
      format_(sniff_format(std::span(logo.bytes).first(std::min(logo.bytes.size(), sniff_length)))) {
  try {
    Raster raster = decode(1);
    natural_ = raster.size;
    if (format_ != PictureFormat::svg && raster.rgba.size() <= max_kept_bytes) decoded_ = std::move(raster);
  } catch (const std::exception& error) {
    vips_error_clear();
    throw MarkError("the logo " + logo.path + " cannot be read: " + failure_text(error.what()));
  }
}

Raster LogoMark::decode(double svg_scale) const {
  if (format_ == PictureFormat::unknown) throw std::runtime_error("it is not a picture in a known format");
  auto* blob = vips_blob_new(nullptr, logo_.bytes.data(), logo_.bytes.size());
  const auto source = vips::VSource::new_from_blob(blob);
  vips_area_unref(VIPS_AREA(blob));
  auto* options = vips::VImage::option()->set("fail_on", VIPS_FAIL_ON_TRUNCATED);
  if (format_ == PictureFormat::svg) options->set("scale", svg_scale);
  return to_raster(load(format_, source, options).autorot());
}

Size LogoMark::natural_size(Size) {
  return natural_;
}

Raster LogoMark::draw(Size, Size size) {
  if (decoded_) return resized(*decoded_, size);
  const double scale = std::max(static_cast<double>(size.width) / natural_.width,
                                static_cast<double>(size.height) / natural_.height);
  return resized(decode(scale), size);
}

}  // namespace wm
