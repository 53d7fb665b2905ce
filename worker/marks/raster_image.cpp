#include "worker/marks/raster_image.h"

#include <memory>

namespace wm {
namespace {

vips::VImage to_srgb(const vips::VImage& image) {
  if (image.get_typeof(VIPS_META_ICC_NAME) != 0) {
    try {
      return image.icc_transform("srgb", vips::VImage::option()->set("embedded", true));
    } catch (const vips::VError&) {
      vips_error_clear();  // a broken profile: take the samples as they are
    }
  }
  return image.colourspace(VIPS_INTERPRETATION_sRGB);
}

}  // namespace

Raster to_raster(vips::VImage image) {
  image = to_srgb(image);
  if (!image.has_alpha()) image = image.bandjoin(255);
  if (image.bands() > 4) image = image.extract_band(0, vips::VImage::option()->set("n", 4));
  image = image.cast(VIPS_FORMAT_UCHAR);
  std::size_t bytes = 0;
  const std::unique_ptr<void, decltype(&g_free)> pixels(image.write_to_memory(&bytes), &g_free);
  const auto* first = static_cast<const std::uint8_t*>(pixels.get());
  return {{image.width(), image.height()}, {first, first + bytes}};
}

vips::VImage to_image(const Raster& raster) {
  return vips::VImage::new_from_memory(const_cast<std::uint8_t*>(raster.rgba.data()), raster.rgba.size(),
                                       raster.size.width, raster.size.height, 4, VIPS_FORMAT_UCHAR)
      .copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
}

Raster resized(const Raster& raster, Size size) {
  if (raster.size == size) return raster;
  // thumbnail_image() premultiplies around the resampling.
  return to_raster(to_image(raster).thumbnail_image(size.width, vips::VImage::option()
                                                                    ->set("height", size.height)
                                                                    ->set("size", VIPS_SIZE_FORCE)
                                                                    ->set("no_rotate", true)));
}

}  // namespace wm
