#include "worker/stages/fit_to_format.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include <fmt/format.h>

#include "common/job/outcome.h"
#include "worker/avif/cicp_profile.h"
#include "worker/container/heif_contents.h"

namespace wm {
namespace {

int max_side(PictureFormat format) {
  switch (format) {
    case PictureFormat::jpeg:
      return 65500;  // JPEG_MAX_DIMENSION of libjpeg
    case PictureFormat::webp:
      return 16383;
    case PictureFormat::gif:
      return 65535;
    case PictureFormat::avif:
      return 32768;  // AVIF_DEFAULT_IMAGE_DIMENSION_LIMIT of libavif: the largest that it reads
    case PictureFormat::heif:
      return 16384;
    default:
      return 10'000'000;  // VIPS_MAX_COORD
  }
}

/// libvips writes HEIC only in colour.
bool is_grey_heic(const Picture& picture) {
  if (picture.format != PictureFormat::heif) return false;
  const HeifContents contents = read_heif_contents(picture.input.bytes());
  return contents.coded_primary() != nullptr && contents.coded_primary()->chroma_format == 0;
}

/// Formats without grey hold three channels, which a grey profile would not fit.
vips::VImage grey_as_rgb(const vips::VImage& image) {
  try {
    const int depth = image.format() == VIPS_FORMAT_USHORT ? 16 : 8;
    return image.icc_transform("srgb", vips::VImage::option()->set("embedded", true)->set("depth", depth));
  } catch (const vips::VError&) {
    vips_error_clear();  // an unusable profile
    vips::VImage plain = image.copy();
    plain.remove(VIPS_META_ICC_NAME);
    return plain;
  }
}

bool can_hold_pages(PictureFormat from, PictureFormat to) {
  if (from == to || to == PictureFormat::tiff) return true;
  const auto animated = [](PictureFormat format) {
    return format == PictureFormat::gif || format == PictureFormat::webp || format == PictureFormat::avif;
  };
  return animated(from) && animated(to);
}

struct SourceDepth {
  int bits = 8;  // a sample of the input file
  bool floating = false;
};

SourceDepth depth_of(const Picture& picture) {
  const SampleType type = picture.layout.type;
  SourceDepth depth{.bits = 8 * static_cast<int>(sample_size(type)),
                    .floating = type == SampleType::f32 || type == SampleType::f64};
  if (picture.tiff) depth.bits = picture.tiff->bits;
  if (picture.avif != nullptr) {
    depth.bits = picture.avif->header().depth;
  } else if (picture.format == PictureFormat::heif && picture.image.get_typeof("heif-bitdepth") != 0) {
    depth.bits = picture.image.get_int("heif-bitdepth");
  }
  return depth;
}

/// AV1 has 12 bits at most.
int stored_bits(PictureFormat format, const vips::VImage& fitted) {
  constexpr int most_of_av1 = 12;
  const auto bits = static_cast<int>(8 * vips_format_sizeof(fitted.format()));
  return format == PictureFormat::avif || format == PictureFormat::heif ? std::min(bits, most_of_av1) : bits;
}

}  // namespace

vips::VImage eight_bit(vips::VImage image, const PixelLayout& layout, bool keep_cmyk) {
  if (layout.space == ColourSpace::cmyk) {
    if (!keep_cmyk) {
      if (image.get_typeof(VIPS_META_ICC_NAME) == 0) {
        // libvips adds and keeps the profile that it assumes.
        vips::VImage plain = image.colourspace(VIPS_INTERPRETATION_sRGB).copy();
        plain.remove(VIPS_META_ICC_NAME);
        return plain;
      }
      return image.icc_transform("srgb", vips::VImage::option()->set("embedded", true));
    }
    return layout.type == SampleType::u8 ? image : (image * (255.0 / layout.white)).cast(VIPS_FORMAT_UCHAR);
  }
  const bool lab = layout.space == ColourSpace::lab || layout.space == ColourSpace::lab_short;
  if (lab || (layout.space == ColourSpace::linear_rgb && layout.white == 1)) {
    return image.colourspace(VIPS_INTERPRETATION_sRGB);
  }
  if (layout.type == SampleType::u8) return image;
  const auto meaning = layout.space == ColourSpace::grey ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
  return (image * (255.0 / layout.white))
      .rint()
      .cast(VIPS_FORMAT_UCHAR)
      .copy(vips::VImage::option()->set("interpretation", meaning));
}

void check_fits(const Picture& picture, PictureFormat format) {
  const int side = std::max(picture.page.width, picture.page.height);
  if (side > max_side(format)) {
    throw TaskFailure(FailureKind::unsupported,
                      fmt::format("has {} x {} pixels, and {} allows {} at most on a side",
                                  picture.page.width, picture.page.height, name(format), max_side(format)));
  }
  if (picture.pages > 1 && !can_hold_pages(picture.format, format)) {
    throw TaskFailure(FailureKind::unsupported, fmt::format("has {} pages or frames, which {} cannot hold",
                                                            picture.pages, name(format)));
  }
}

vips::VImage fitted(const Picture& picture, PictureFormat format) {
  vips::VImage image = picture.image;
  if (format == PictureFormat::tiff) return picture.packed_lab ? image.LabS2LabQ() : image;
  const bool sixteen_bits =
      picture.layout.type == SampleType::u16 && picture.layout.space != ColourSpace::cmyk;
  const bool keeps_sixteen =
      format == PictureFormat::png || format == PictureFormat::avif || format == PictureFormat::heif;
  if (!(sixteen_bits && keeps_sixteen)) {
    image = eight_bit(image, picture.layout, format == PictureFormat::jpeg);
  }
  const bool holds_grey = format != PictureFormat::webp && format != PictureFormat::heif;
  if (!holds_grey && image.bands() < 3 && image.get_typeof(VIPS_META_ICC_NAME) != 0)
    return grey_as_rgb(image);
  if (format == PictureFormat::jpeg) {
    if (image.has_alpha()) image = image.flatten(vips::VImage::option()->set("background", 255.0));
    const bool cmyk = image.interpretation() == VIPS_INTERPRETATION_CMYK && image.bands() >= 4;
    const int bands = cmyk ? 4 : image.bands() < 3 ? 1 : 3;
    if (image.bands() > bands) image = image.extract_band(0, vips::VImage::option()->set("n", bands));
  }
  return image;
}

bool loses_transparency(const Picture& picture, PictureFormat format) {
  if (format != PictureFormat::jpeg || !picture.layout.has_alpha) return false;
  return picture.image.extract_band(picture.layout.colour_bands).min() < picture.layout.opaque;
}

bool loses_highlights(const Picture& picture, PictureFormat format) {
  return format != PictureFormat::avif && picture.colour_codes &&
         avif::is_high_dynamic_range(*picture.colour_codes);
}

bool loses_timing(const Picture& picture, PictureFormat format) {
  return format == PictureFormat::tiff && picture.pages > 1 && picture.image.get_typeof("delay") != 0;
}

std::vector<std::string> sample_losses(const Picture& picture, PictureFormat format,
                                       const vips::VImage& fitted) {
  if (picture.format == format) {
    return is_grey_heic(picture) ? std::vector<std::string>{"grey became RGB"} : std::vector<std::string>{};
  }
  std::vector<std::string> losses;
  const SourceDepth source = depth_of(picture);
  const int kept = stored_bits(format, fitted);
  if (source.floating && format != PictureFormat::tiff) {
    losses.push_back(
        fmt::format("{}-bit floating-point samples became integers of {} bits", source.bits, kept));
  } else if (source.bits > kept) {
    losses.push_back(fmt::format("{} bits a sample became {}", source.bits, kept));
  }
  if (format == PictureFormat::tiff) return losses;
  const bool lab = picture.layout.space == ColourSpace::lab || picture.layout.space == ColourSpace::lab_short;
  const bool cmyk = picture.layout.space == ColourSpace::cmyk && format != PictureFormat::jpeg;
  if (lab || cmyk) losses.push_back(fmt::format("{} became sRGB", lab ? "Lab" : "CMYK"));
  return losses;
}

vips::VImage without_metadata(const vips::VImage& image) {
  static constexpr std::array<std::string_view, 10> kept{VIPS_META_ICC_NAME,
                                                         VIPS_META_PAGE_HEIGHT,
                                                         VIPS_META_N_PAGES,
                                                         VIPS_META_RESOLUTION_UNIT,
                                                         "delay",
                                                         "loop",
                                                         "gif-delay",
                                                         "gif-loop",
                                                         "background",
                                                         "heif-bitdepth"};
  vips::VImage copy = image.copy();
  const std::unique_ptr<gchar*, decltype(&g_strfreev)> fields(vips_image_get_fields(copy.get_image()),
                                                              &g_strfreev);
  for (gchar** field = fields.get(); *field != nullptr; ++field) {
    if (std::find(kept.begin(), kept.end(), *field) == kept.end()) {
      vips_image_remove(copy.get_image(), *field);
    }
  }
  return copy;
}

}  // namespace wm
