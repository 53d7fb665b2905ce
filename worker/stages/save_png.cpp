#include "worker/stages/save_png.h"

#include "worker/png/png_writer.h"
#include "worker/stages/icc_profile.h"
#include "worker/stages/save_options.h"
#include "worker/vips/image_bytes.h"

namespace wm {
namespace {

/// 1 or 2; 0 where a PNG cannot express the meaning of the samples.
int sample_bytes(const vips::VImage& image) {
  const bool grey = image.bands() <= 2;
  switch (image.interpretation()) {
    case VIPS_INTERPRETATION_B_W:
      return grey && image.format() == VIPS_FORMAT_UCHAR ? 1 : 0;
    case VIPS_INTERPRETATION_sRGB:
      return !grey && image.bands() <= 4 && image.format() == VIPS_FORMAT_UCHAR ? 1 : 0;
    case VIPS_INTERPRETATION_GREY16:
      return grey && image.format() == VIPS_FORMAT_USHORT ? 2 : 0;
    case VIPS_INTERPRETATION_RGB16:
      return !grey && image.bands() <= 4 && image.format() == VIPS_FORMAT_USHORT ? 2 : 0;
    default:
      return 0;
  }
}

}  // namespace

bool can_save_png(const Picture& picture, const vips::VImage& image, const Encoding& encoding) {
  return image_bytes(image) <= most_png_bytes && sample_bytes(image) != 0 &&
         image.get_image()->Coding == VIPS_CODING_NONE &&
         !is_progressive(PictureFormat::png, picture, encoding);
}

std::vector<std::byte> save_png(const Picture& picture, const vips::VImage& image, const Encoding& encoding) {
  const PngPixels pixels{
      .width = image.width(),
      .height = image.height(),
      .bands = image.bands(),
      .sample_bytes = sample_bytes(image),
      .samples = {static_cast<const std::byte*>(image.data()), static_cast<std::size_t>(image_bytes(image))}};
  const PngEncoding options{.compression = png_compression(picture, encoding),
                            .filter_rows = !picture.png.has_few_colours()};
  return encode_png(pixels, options, icc_profile(image));
}

}  // namespace wm
