#include "worker/avif/planes.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "worker/avif/libavif.h"

namespace wm::avif {
namespace {

constexpr std::uint32_t full16 = 65535;

std::uint32_t full_value(const avifImage& image) {
  return (std::uint32_t{1} << image.depth) - 1;
}

/// A sample of a plane: one byte, or two for more than 8 bits.
std::uint32_t plane_sample(const std::uint8_t* row, std::uint32_t x, bool deep) {
  if (!deep) return row[x];
  std::uint16_t value = 0;
  std::memcpy(&value, row + 2 * std::size_t{x}, 2);
  return value;
}
void set_plane_sample(std::uint8_t* row, std::uint32_t x, bool deep, std::uint32_t value) {
  if (!deep) {
    row[x] = static_cast<std::uint8_t>(value);
    return;
  }
  const auto wide = static_cast<std::uint16_t>(value);
  std::memcpy(row + 2 * std::size_t{x}, &wide, 2);
}

/// Scales from a plane's full range to bytes, or to all 16 bits.
std::uint32_t widened(std::uint32_t value, std::uint32_t full) {
  return full == 255 ? value : (value * full16 + full / 2) / full;
}
std::uint32_t narrowed(std::uint32_t value, std::uint32_t full) {
  return full == 255 ? value : (value * full + full16 / 2) / full16;
}

/// Grey and its alpha, which libavif would convert to three channels.
void grey_to_samples(const avifImage& image, const SampleShape& shape, std::byte* to) {
  const bool deep = image.depth > 8;
  const std::uint32_t full = full_value(image);
  const bool limited = image.yuvRange == AVIF_RANGE_LIMITED;
  auto* const bytes = reinterpret_cast<std::uint8_t*>(to);
  for (std::uint32_t y = 0; y < image.height; ++y) {
    std::uint8_t* const row = bytes + std::size_t{y} * image.width * shape.pixel_bytes();
    const std::uint8_t* const luma = image.yuvPlanes[0] + std::size_t{y} * image.yuvRowBytes[0];
    const std::uint8_t* const alpha =
        shape.has_alpha() ? image.alphaPlane + std::size_t{y} * image.alphaRowBytes : nullptr;
    for (std::uint32_t x = 0; x < image.width; ++x) {
      std::uint32_t value = std::min(plane_sample(luma, x, deep), full);
      if (limited) {
        value = static_cast<std::uint32_t>(
            libavif().avifLimitedToFullY(static_cast<int>(image.depth), static_cast<int>(value)));
      }
      const std::uint32_t opacity = alpha == nullptr ? full : std::min(plane_sample(alpha, x, deep), full);
      if (image.alphaPremultiplied != 0 && alpha != nullptr) {
        value = opacity == 0 ? 0 : std::min(full, (value * full + opacity / 2) / opacity);
      }
      const auto first = x * static_cast<std::uint32_t>(shape.bands);
      set_plane_sample(row, first, deep, widened(value, full));
      if (alpha != nullptr) set_plane_sample(row, first + 1, deep, widened(opacity, full));
    }
  }
}

void grey_from_samples(const std::byte* from, const SampleShape& shape, avifImage& image) {
  const bool deep = image.depth > 8;
  const std::uint32_t full = full_value(image);
  const bool limited = image.yuvRange == AVIF_RANGE_LIMITED;
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(from);
  for (std::uint32_t y = 0; y < image.height; ++y) {
    const std::uint8_t* const row = bytes + std::size_t{y} * image.width * shape.pixel_bytes();
    std::uint8_t* const luma = image.yuvPlanes[0] + std::size_t{y} * image.yuvRowBytes[0];
    for (std::uint32_t x = 0; x < image.width; ++x) {
      const auto first = x * static_cast<std::uint32_t>(shape.bands);
      std::uint32_t value = narrowed(plane_sample(row, first, deep), full);
      if (shape.has_alpha()) {
        const std::uint32_t opacity = narrowed(plane_sample(row, first + 1, deep), full);
        set_plane_sample(image.alphaPlane + std::size_t{y} * image.alphaRowBytes, x, deep, opacity);
        if (image.alphaPremultiplied != 0) value = (value * opacity + full / 2) / full;
      }
      if (limited) {
        value = static_cast<std::uint32_t>(
            libavif().avifFullToLimitedY(static_cast<int>(image.depth), static_cast<int>(value)));
      }
      set_plane_sample(luma, x, deep, value);
    }
  }
}

/// Describes `samples`, which libavif reads or writes; its struct only has pointers to non-const data.
avifRGBImage rgb_view(const avifImage& image, const SampleShape& shape, const std::byte* samples) {
  avifRGBImage rgb;
  libavif().avifRGBImageSetDefaults(&rgb, &image);
  rgb.depth = shape.sample_bytes == 1 ? 8 : 16;
  rgb.format = shape.has_alpha() ? AVIF_RGB_FORMAT_RGBA : AVIF_RGB_FORMAT_RGB;
  rgb.rowBytes = static_cast<std::uint32_t>(image.width * shape.pixel_bytes());
  rgb.pixels = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(samples));
  return rgb;
}

}  // namespace

SampleShape shape_of(const avifImage& image) {
  const bool grey = image.yuvFormat == AVIF_PIXEL_FORMAT_YUV400;
  return {.bands = (grey ? 1 : 3) + (image.alphaPlane != nullptr ? 1 : 0),
          .sample_bytes = image.depth > 8 ? 2 : 1};
}

void to_samples(const avifImage& image, const SampleShape& shape, std::span<std::byte> samples) {
  if (shape.grey()) return grey_to_samples(image, shape, samples.data());
  avifRGBImage rgb = rgb_view(image, shape, samples.data());
  check(libavif().avifImageYUVToRGB(&image, &rgb));
}

void from_samples(std::span<const std::byte> samples, const SampleShape& shape, avifImage& image) {
  const avifPlanesFlags planes = shape.has_alpha() ? AVIF_PLANES_ALL : AVIF_PLANES_YUV;
  check(libavif().avifImageAllocatePlanes(&image, planes));
  if (shape.grey()) return grey_from_samples(samples.data(), shape, image);
  const avifRGBImage rgb = rgb_view(image, shape, samples.data());
  check(libavif().avifImageRGBToYUV(&image, &rgb));
}

}  // namespace wm::avif
