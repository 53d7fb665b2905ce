#include "worker/stages/picture_tags.h"

#include <cstddef>
#include <span>
#include <vector>

#include "worker/metadata/carry_over.h"
#include "worker/metadata/exif_block.h"

namespace wm {
namespace {

/// For AVIF and HEIC, whose decoders provide it.
std::span<const std::byte> exif_by_vips(const vips::VImage& image) {
  const void* data = nullptr;
  std::size_t size = 0;
  if (image.is_null() || image.get_typeof(VIPS_META_EXIF_NAME) != VIPS_TYPE_BLOB ||
      vips_image_get_blob(image.get_image(), VIPS_META_EXIF_NAME, &data, &size) != 0) {
    return {};
  }
  return {static_cast<const std::byte*>(data), size};
}

std::optional<std::string> text_in(container::ByteSpan block, std::string_view name) {
  const auto exif = metadata::ExifBlock::read(block);
  return exif ? exif->text(name) : std::nullopt;
}

}  // namespace

std::optional<std::string> exif_tag(const Picture& picture, std::string_view name) {
  switch (picture.format) {
    case PictureFormat::avif:
    case PictureFormat::heif:
      return text_in(exif_by_vips(picture.image), name);
    case PictureFormat::tiff:
      return text_in(picture.input.bytes(), name);  // the file itself is an EXIF block
    default:
      return text_in(metadata::find_exif(picture.input.bytes()), name);
  }
}

}  // namespace wm
