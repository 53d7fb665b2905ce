#include "worker/marks/logo_mark.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "worker/marks/raster_image.h"
#include "worker/vips/failure_text.h"
#include "worker/vips/load.h"

namespace wm {
namespace {

// Every worker holds its logos: 8 workers with one of this size use 128 MiB. Larger logos are decoded again
// whenever a new size is needed.
constexpr std::size_t max_kept_logo_bytes = std::size_t{16} << 20;

/// Pixels within the tolerance of the key become transparent, those farther than twice the tolerance stay,
/// and those in between keep a part of their alpha, so that edges stay soft.
void make_transparent(Raster& raster, const ColourKey& key) {
  const double tolerance = std::clamp(key.tolerance, 0.0, 1.0) * 255;
  std::array<double, 256> kept{};
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const auto distance = static_cast<double>(i);
    kept[i] = distance <= tolerance ? 0 : std::min(1.0, (distance - tolerance) / std::max(tolerance, 1e-9));
  }
  const std::array<int, 3> colour{key.colour.red, key.colour.green, key.colour.blue};
  for (std::size_t i = 0; i < raster.rgba.size(); i += 4) {
    int distance = 0;
    for (std::size_t band = 0; band < 3; ++band) {
      distance = std::max(distance, std::abs(raster.rgba[i + band] - colour[band]));
    }
    const double alpha = raster.rgba[i + 3] * kept[static_cast<std::size_t>(distance)];
    raster.rgba[i + 3] = static_cast<std::uint8_t>(std::lround(alpha));
  }
}

std::uint8_t most_alpha_in(const Raster& raster) {
  std::uint8_t most = 0;
  for (std::size_t i = 3; i < raster.rgba.size(); i += 4) most = std::max(most, raster.rgba[i]);
  return most;
}

/// The scale at which an SVG logo is drawn to check whether any part of it is too small to see at its own
/// size.
double enlarging(Size size) {
  constexpr double longer_side = 1024;
  constexpr double most = 64;
  return std::clamp(longer_side / std::max(size.width, size.height), 1.0, most);
}

}  // namespace

LogoMark::LogoMark(const Logo& logo) : logo_(logo), format_(sniff_format(logo.bytes)) {
  try {
    read();
  } catch (const std::exception& error) {
    vips_error_clear();
    throw MarkError("the logo " + logo.path + " cannot be read: " + failure_text(error.what()));
  }
  if (most_alpha_ != 0) return;
  throw MarkError("nothing of the logo " + logo.path + " can be seen: " +
                  (logo.key ? "--key makes all of it transparent" : "all of it is transparent"));
}

void LogoMark::read() {
  Raster raster = decode(1);
  natural_ = raster.size;
  most_alpha_ = most_alpha_in(raster);
  const bool is_svg = format_ == PictureFormat::svg;
  if (is_svg && most_alpha_ == 0) most_alpha_ = most_alpha_in(decode(enlarging(natural_)));
  if (!is_svg && raster.rgba.size() <= max_kept_logo_bytes) decoded_ = std::move(raster);
}

Raster LogoMark::decode(double svg_scale) const {
  if (format_ == PictureFormat::unknown) throw std::runtime_error("it is not a picture in a known format");
  auto* blob = vips_blob_new(nullptr, logo_.bytes.data(), logo_.bytes.size());
  const auto source = vips::VSource::new_from_blob(blob);
  vips_area_unref(VIPS_AREA(blob));
  auto* options = vips::VImage::option()->set("fail_on", VIPS_FAIL_ON_TRUNCATED);
  if (format_ == PictureFormat::svg) options->set("scale", svg_scale);
  Raster raster = to_raster(load(format_, source, options).autorot());
  if (logo_.key) make_transparent(raster, *logo_.key);
  return raster;
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
