#include "worker/marks/raster_image.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>

namespace wm {
namespace {

vips::VImage to_srgb(const vips::VImage& image) {
  if (image.get_typeof(VIPS_META_ICC_NAME) != 0) {
    try {
      return image.icc_transform("srgb", vips::VImage::option()->set("embedded", true));
    } catch (const vips::VError&) {
      vips_error_clear();  // a broken profile: use the samples as they are
    }
  }
  return image.colourspace(VIPS_INTERPRETATION_sRGB);
}

Raster quarter_turned(const Raster& raster, int turns) {
  const auto [width, height] = raster.size;
  Raster result{turns % 2 == 0 ? raster.size : Size{height, width},
                std::vector<std::uint8_t>(raster.rgba.size())};
  const auto offset = [](int x, int y, Size size) {
    return 4 *
           (static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width) + static_cast<std::size_t>(x));
  };
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const Point to = turns == 1   ? Point{height - 1 - y, x}
                       : turns == 2 ? Point{width - 1 - x, height - 1 - y}
                                    : Point{y, width - 1 - x};
      std::memcpy(result.rgba.data() + offset(to.x, to.y, result.size),
                  raster.rgba.data() + offset(x, y, raster.size), 4);
    }
  }
  return result;
}

/// Premultiplied samples, 0..255; an interpolator may leave some slightly outside.
Raster from_premultiplied(const float* samples, Size size) {
  Raster result{size, {}};
  result.rgba.reserve(4 * result.pixel_count());
  const auto byte = [](float value) {
    return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0F, 255.0F)));
  };
  for (std::size_t i = 0; i < result.pixel_count(); ++i, samples += 4) {
    const float alpha = samples[3];
    const float factor = alpha >= 0.5F ? 255 / alpha : 0;
    result.rgba.insert(result.rgba.end(), {byte(samples[0] * factor), byte(samples[1] * factor),
                                           byte(samples[2] * factor), byte(alpha)});
  }
  return result;
}

/// Borrows the raster's pixels: the image must not outlive it.
vips::VImage to_image(const Raster& raster) {
  return vips::VImage::new_from_memory(const_cast<std::uint8_t*>(raster.rgba.data()), raster.rgba.size(),
                                       raster.size.width, raster.size.height, 4, VIPS_FORMAT_UCHAR)
      .copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
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

Raster resized(const Raster& raster, Size size) {
  if (raster.size == size) return raster;
  // thumbnail_image() premultiplies for the resampling.
  return to_raster(to_image(raster).thumbnail_image(size.width, vips::VImage::option()
                                                                    ->set("height", size.height)
                                                                    ->set("size", VIPS_SIZE_FORCE)
                                                                    ->set("no_rotate", true)));
}

Raster turned(const Raster& raster, Rotation rotation) {
  if (const auto turns = rotation.quarter_turns()) {
    return *turns == 0 ? raster : quarter_turned(raster, *turns);
  }
  // The interpolator fades the edges into this frame.
  constexpr int frame = 4;
  const vips::VImage framed =
      to_image(raster)
          .premultiply()
          .cast(VIPS_FORMAT_FLOAT)
          .embed(frame, frame, raster.size.width + 2 * frame, raster.size.height + 2 * frame);
  // libvips counts from the centre of the first pixel. The mark's middle is mapped to the middle of the box.
  const double c = rotation.cosine();
  const double s = rotation.sine();
  const Size box = rotation.turned(raster.size);
  const double x = (framed.width() - 1) / 2.0;
  const double y = (framed.height() - 1) / 2.0;
  const auto interpolator = vips::VInterpolate::new_from_name("bicubic");
  const vips::VImage image =
      framed.affine({c, -s, s, c}, vips::VImage::option()
                                       ->set("interpolate", interpolator)
                                       ->set("premultiplied", true)
                                       ->set("oarea", std::vector<int>{0, 0, box.width, box.height})
                                       ->set("odx", (box.width - 1) / 2.0 - (c * x - s * y))
                                       ->set("ody", (box.height - 1) / 2.0 - (s * x + c * y)));
  std::size_t bytes = 0;
  const std::unique_ptr<void, decltype(&g_free)> samples(image.write_to_memory(&bytes), &g_free);
  return from_premultiplied(static_cast<const float*>(samples.get()), box);
}

}  // namespace wm
