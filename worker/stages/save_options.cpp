#include "worker/stages/save_options.h"

#include <string_view>

#include <fmt/format.h>

#include "common/job/outcome.h"
#include "worker/container/heif_contents.h"
#include "worker/vips/image_bytes.h"
#include "worker/vips/runtime.h"

namespace wm {
namespace {

constexpr int default_webp_quality = 85;
constexpr int default_heic_quality = 60;
constexpr int default_heic_speed = 6;

using Options = vips::VOption;

std::unique_ptr<Options> options() {
  return std::unique_ptr<Options>(vips::VImage::option());
}

bool chosen(KeepOr choice, bool kept) {
  return choice == KeepOr::keep ? kept : choice == KeepOr::yes;
}

Saver png_saver(const Picture& picture, const Encoding& encoding) {
  Saver saver{"pngsave_buffer", options()};
  saver.options->set("compression", png_compression(picture, encoding))
      ->set("filter",
            picture.png.has_few_colours() ? VIPS_FOREIGN_PNG_FILTER_NONE : VIPS_FOREIGN_PNG_FILTER_ALL)
      ->set("interlace", is_progressive(PictureFormat::png, picture, encoding));
  return saver;
}

Saver webp_saver(const Picture& picture, const Encoding& encoding) {
  const bool kept =
      picture.format == PictureFormat::webp && picture.lossless && !encoding.quality.has_value();
  Saver saver{"webpsave_buffer", options()};
  saver.lossless = chosen(encoding.lossless, kept);
  saver.quality = encoding.quality.value_or(default_webp_quality);
  saver.options->set("Q", saver.quality)->set("lossless", saver.lossless);
  return saver;
}

Saver gif_saver() {
  // A separate palette for each frame: reusing a merely similar palette would change colours.
  Saver saver{"gifsave_buffer", options()};
  saver.options->set("dither", 0.0)->set("interpalette_maxerror", 0.0);
  return saver;
}

/// As in the input where libheif can: it cannot write 4:2:2, which becomes 4:4:4.
VipsForeignSubsample heic_subsampling(const Picture& picture, const Encoding& encoding) {
  constexpr int s420 = 1;  // of the decoder's configuration: ISO/IEC 14496-15
  if (encoding.subsampling == Subsampling::s420) return VIPS_FOREIGN_SUBSAMPLE_ON;
  if (encoding.subsampling != Subsampling::keep) return VIPS_FOREIGN_SUBSAMPLE_OFF;
  const HeifContents contents = read_heif_contents(picture.input.bytes());
  const HeifItem* const coded = contents.coded_primary();
  if (coded == nullptr || coded->chroma_format < s420) return VIPS_FOREIGN_SUBSAMPLE_AUTO;
  return coded->chroma_format == s420 ? VIPS_FOREIGN_SUBSAMPLE_ON : VIPS_FOREIGN_SUBSAMPLE_OFF;
}

Saver heif_saver(const Picture& picture, const vips::VImage& image, const Encoding& encoding) {
  load_heif_module();
  const vips::VImage& input = picture.image;
  int depth = image.format() == VIPS_FORMAT_UCHAR ? 8 : 12;
  if (input.get_typeof("heif-bitdepth") != 0) depth = input.get_int("heif-bitdepth");
  Saver saver{"heifsave_buffer", options()};
  saver.lossless = false;
  saver.quality = encoding.quality.value_or(default_heic_quality);
  saver.options->set("Q", saver.quality)
      ->set("compression", VIPS_FOREIGN_HEIF_COMPRESSION_HEVC)
      ->set("bitdepth", depth)
      ->set("subsample_mode", heic_subsampling(picture, encoding))
      ->set("effort", 9 - encoding.avif_speed.value_or(default_heic_speed));
  return saver;
}

Saver any_saver(PictureFormat format, const Picture& picture, const vips::VImage& image,
                const Encoding& encoding) {
  switch (format) {
    case PictureFormat::png:
      return png_saver(picture, encoding);
    case PictureFormat::webp:
      return webp_saver(picture, encoding);
    case PictureFormat::gif:
      return gif_saver();
    case PictureFormat::heif:
      return heif_saver(picture, image, encoding);
    default:
      break;
  }
  throw TaskFailure(FailureKind::unsupported, "there is no encoder for this format");
}

}  // namespace

int png_compression(const Picture& picture, const Encoding& encoding) {
  // Row filters make photographs a third smaller and drawings larger. With them libdeflate's level 4 makes
  // photographs 5 % smaller than level 1 in a third more time, and level 6 another 3 % in half as much again.
  return encoding.png_compression.value_or(picture.png.has_few_colours() ? 6 : 4);
}

bool is_progressive(PictureFormat format, const Picture& picture, const Encoding& encoding) {
  const bool kept = format == PictureFormat::png ? picture.png.interlaced
                                                 : picture.jpeg.has_value() && picture.jpeg->progressive;
  return chosen(encoding.progressive, kept);
}

Saver saver_for(PictureFormat format, const Picture& picture, const vips::VImage& image,
                const Encoding& encoding) {
  Saver saver = any_saver(format, picture, image, encoding);
  if (vips_type_find("VipsOperation", saver.operation) == 0) {
    throw TaskFailure(FailureKind::unsupported, fmt::format("this libvips cannot write {}", name(format)));
  }
  return saver;
}

}  // namespace wm
