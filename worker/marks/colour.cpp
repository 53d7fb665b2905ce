#include "worker/marks/colour.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include <vips/vips8>

#include "common/os/memory_file.h"
#include "worker/marks/icc_profile.h"
#include "worker/marks/press_inks.h"
#include "worker/marks/visibility.h"

namespace wm {
namespace {

/// The raster in the file's orientation.
Raster stored_raster(const Raster& display, Orientation orientation) {
  if (orientation.value() == 1) return display;
  Raster stored{orientation.other_size(display.size), std::vector<std::uint8_t>(display.rgba.size())};
  const std::uint8_t* from = display.rgba.data();
  for (int y = 0; y < display.size.height; ++y) {
    for (int x = 0; x < display.size.width; ++x, from += 4) {
      const Point to = orientation.to_stored(Point{x, y}, stored.size);
      const auto index = static_cast<std::size_t>(to.y) * static_cast<std::size_t>(stored.size.width) +
                         static_cast<std::size_t>(to.x);
      std::memcpy(stored.rgba.data() + 4 * index, from, 4);
    }
  }
  return stored;
}

VipsInterpretation interpretation(ColourSpace space) {
  switch (space) {
    case ColourSpace::grey:
      return VIPS_INTERPRETATION_B_W;
    case ColourSpace::rgb:
      return VIPS_INTERPRETATION_sRGB;
    case ColourSpace::linear_rgb:
      return VIPS_INTERPRETATION_scRGB;
    case ColourSpace::cmyk:
      return VIPS_INTERPRETATION_CMYK;
    case ColourSpace::lab:
      return VIPS_INTERPRETATION_LAB;
    case ColourSpace::lab_short:
      break;
  }
  return VIPS_INTERPRETATION_LABS;
}

struct Converted {
  vips::VImage image;
  double white;  // the sample value of a full channel in `image`
};

/// Evaluates lazy operations, so that their errors appear here and not when the pixels are read.
vips::VImage evaluated(const vips::VImage& image) {
  vips::VImage result = vips::VImage::new_memory();
  image.write(result);
  return result;
}

/// The colours converted through the picture's own profile; nullopt when that is impossible or unnecessary.
/// Most pictures carry sRGB, and a conversion from sRGB to itself would only cost time.
std::optional<Converted> through_profile(const vips::VImage& rgb, const PixelLayout& layout,
                                         std::span<const std::byte> profile) {
  const bool profiled = layout.space == ColourSpace::grey || layout.space == ColourSpace::rgb ||
                        layout.space == ColourSpace::cmyk;
  if (profile.empty() || !profiled || is_srgb(profile)) return std::nullopt;
  try {
    // Only with a file does libvips convert from profile to profile in one step. Its other way, through its
    // own Lab or XYZ images, loses so much that white does not stay white.
    const UniqueFd file = create_sealed_file("wm-profile", profile);
    const std::string path = "/proc/self/fd/" + std::to_string(file.get());
    const bool deep = layout.type != SampleType::u8;
    const vips::VImage image = evaluated(rgb.icc_transform(
        path.c_str(), vips::VImage::option()->set("input_profile", "srgb")->set("depth", deep ? 16 : 8)));
    if (image.bands() != layout.colour_bands) return std::nullopt;
    return Converted{image, deep ? 65535.0 : 255.0};
  } catch (const vips::VError&) {
    vips_error_clear();  // a broken profile must not cost the picture
    return std::nullopt;
  }
}

std::optional<Converted> through_press(const vips::VImage& rgb, const PixelLayout& layout,
                                       std::span<const std::byte> profile) {
  if (profile.empty() || layout.space != ColourSpace::cmyk) return std::nullopt;
  const std::span samples(static_cast<const std::uint8_t*>(rgb.data()),
                          static_cast<std::size_t>(rgb.width()) * static_cast<std::size_t>(rgb.height()) * 3);
  const auto inks = press_inks(samples, profile);
  if (!inks) return std::nullopt;
  // A copy of the pixels is needed: copy_memory() of an image that borrows its pixels returns that image.
  VipsImage* const image = vips_image_new_from_memory_copy(inks->data(), inks->size() * sizeof(double),
                                                           rgb.width(), rgb.height(), 4, VIPS_FORMAT_DOUBLE);
  if (image == nullptr) throw vips::VError();
  return Converted{vips::VImage(image), 1.0};
}

Converted converted(const vips::VImage& rgb, const PixelLayout& layout, std::span<const std::byte> profile) {
  if (auto result = through_press(rgb, layout, profile)) return *result;
  if (auto result = through_profile(rgb, layout, profile)) return *result;
  if (layout.space == ColourSpace::rgb) return {rgb, 255};
  return {rgb.colourspace(interpretation(layout.space)),
          layout.space == ColourSpace::linear_rgb ? 1.0 : 255.0};
}

template <class Sample>
void store(const double* values, std::size_t count, double factor, std::vector<std::byte>& into) {
  into.resize(count * sizeof(Sample));
  auto* samples = reinterpret_cast<Sample*>(into.data());
  for (std::size_t i = 0; i < count; ++i) {
    if constexpr (std::is_floating_point_v<Sample>) {
      samples[i] = static_cast<Sample>(values[i] * factor);
    } else {
      using Limits = std::numeric_limits<Sample>;
      samples[i] = static_cast<Sample>(std::clamp(std::floor(values[i] * factor + 0.5),
                                                  static_cast<double>(Limits::min()),
                                                  static_cast<double>(Limits::max())));
    }
  }
}

void store(SampleType type, const double* values, std::size_t count, double factor,
           std::vector<std::byte>& into) {
  switch (type) {
    case SampleType::u8:
      return store<std::uint8_t>(values, count, factor, into);
    case SampleType::i8:
      return store<std::int8_t>(values, count, factor, into);
    case SampleType::u16:
      return store<std::uint16_t>(values, count, factor, into);
    case SampleType::i16:
      return store<std::int16_t>(values, count, factor, into);
    case SampleType::u32:
      return store<std::uint32_t>(values, count, factor, into);
    case SampleType::i32:
      return store<std::int32_t>(values, count, factor, into);
    case SampleType::f32:
      return store<float>(values, count, factor, into);
    case SampleType::f64:
      return store<double>(values, count, factor, into);
  }
}

}  // namespace

PreparedMark prepare(const Raster& raster, Orientation orientation, const PixelLayout& layout,
                     std::span<const std::byte> profile) {
  const Raster stored = stored_raster(raster, orientation);
  const std::size_t pixels = stored.pixel_count();
  PreparedMark mark{.size = stored.size, .colours = {}, .alpha = std::vector<std::uint8_t>(pixels)};
  std::vector<std::uint8_t> rgb(3 * pixels);
  for (std::size_t i = 0; i < pixels; ++i) {
    std::memcpy(rgb.data() + 3 * i, stored.rgba.data() + 4 * i, 3);
    mark.alpha[i] = stored.rgba[4 * i + 3];
  }
  mark.extent = extent_of(mark.alpha, mark.size);

  const vips::VImage image =
      vips::VImage::new_from_memory(rgb.data(), rgb.size(), stored.size.width, stored.size.height, 3,
                                    VIPS_FORMAT_UCHAR)
          .copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  const Converted result = converted(image, layout, profile);
  if (result.image.format() == VIPS_FORMAT_UCHAR && layout.type == SampleType::u8 &&
      result.image.bands() == 3 && layout.white == result.white &&
      result.image.get_image() == image.get_image()) {
    const auto* first = reinterpret_cast<const std::byte*>(rgb.data());
    mark.colours.assign(first, first + rgb.size());  // the common case: nothing to convert
    return mark;
  }
  const bool is_lab = layout.space == ColourSpace::lab || layout.space == ColourSpace::lab_short;
  std::size_t bytes = 0;
  const std::unique_ptr<void, decltype(&g_free)> values(
      result.image.cast(VIPS_FORMAT_DOUBLE).write_to_memory(&bytes), &g_free);
  store(layout.type, static_cast<const double*>(values.get()), bytes / sizeof(double),
        is_lab ? 1.0 : layout.white / result.white, mark.colours);
  return mark;
}

}  // namespace wm
