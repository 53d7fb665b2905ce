#include "worker/stages/picture_memory.h"

#include <algorithm>

#include "worker/stages/save_options.h"
#include "worker/stages/save_png.h"
#include "worker/stages/turn_upright.h"
#include "worker/vips/image_bytes.h"

namespace wm {
namespace {

bool decodes_whole_pages(const Picture& picture) {
  switch (picture.format) {
    case PictureFormat::png:
      return picture.png.interlaced;
    case PictureFormat::tiff:
      // Writers choose the size of strips freely; tiles are small.
      return picture.tiff && picture.tiff->tile_height == 0;
    default:
      return false;
  }
}

/// For a PNG: indices of one byte, or rows that are filtered before they are compressed.
std::uint64_t copied_bytes(const Picture& picture, const Encoding& encoding, std::uint64_t pixels,
                           std::uint64_t pixel_bytes) {
  if (output_format(picture.format, encoding.format) != PictureFormat::png) return 0;
  if (picture.format == PictureFormat::png && picture.png.has_few_colours()) return pixels;
  const bool by_libvips =
      pixels * pixel_bytes > most_png_bytes || is_progressive(PictureFormat::png, picture, encoding);
  return by_libvips ? 0 : pixels * pixel_bytes;
}

bool writes_without_loss(const Picture& picture, const Encoding& encoding) {
  if (encoding.lossless != KeepOr::keep) return encoding.lossless == KeepOr::yes;
  return picture.format == PictureFormat::webp && picture.lossless;
}

}  // namespace

MemoryNeed need_of_pixels(const Picture& picture, const Encoding& encoding, bool verify) {
  const auto width = static_cast<std::uint64_t>(picture.page.width);
  const auto height = static_cast<std::uint64_t>(picture.page.height);
  const PictureFormat to = output_format(picture.format, encoding.format);
  const std::uint64_t pixel_bytes = row_bytes(picture.image) / width;
  return need_of_pixels({.from = picture.format,
                         .to = to,
                         .file_bytes = picture.input.bytes().size(),
                         .page_pixels = width * height,
                         .pages = static_cast<std::uint64_t>(picture.pages),
                         .pixel_bytes = pixel_bytes,
                         .coefficient_bytes = picture.jpeg ? picture.jpeg->coefficient_bytes : 0,
                         .whole_decoding = decodes_whole_pages(picture),
                         .copied_bytes = copied_bytes(picture, encoding, width * height, pixel_bytes),
                         .lossless = writes_without_loss(picture, encoding),
                         .progressive_output = is_progressive(to, picture, encoding),
                         .verify = verify});
}

MemoryNeed need_in_place(const Picture& picture) {
  constexpr std::uint64_t most = std::uint64_t{256} << 20U;  // larger pictures go through pixels
  const std::uint64_t coefficients = picture.jpeg ? picture.jpeg->coefficient_bytes : 0;
  return need_in_place(picture.input.bytes().size(), std::min(coefficients, most));
}

}  // namespace wm
