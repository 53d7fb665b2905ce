#include "worker/stages/carry_metadata.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "worker/metadata/exif_block.h"
#include "worker/stages/fit_to_format.h"
#include "worker/stages/turn_upright.h"
#include "worker/vips/image_bytes.h"

namespace wm {
namespace {

// Thumbnails are 160 x 120 or as large as the old one, which is seldom larger than this.
constexpr int thumbnail_side = 512;

std::span<const std::byte> blob(const vips::VImage& image, const char* field) {
  if (image.get_typeof(field) != VIPS_TYPE_BLOB) return {};
  std::size_t size = 0;
  const void* data = image.get_blob(field, &size);
  return {static_cast<const std::byte*>(data), size};
}

metadata::CarryPolicy policy(MetadataPolicy policy) {
  switch (policy) {
    case MetadataPolicy::copyright:
      return metadata::CarryPolicy::copyright;
    case MetadataPolicy::none:
      return metadata::CarryPolicy::none;
    case MetadataPolicy::keep:
      break;
  }
  return metadata::CarryPolicy::keep;
}

metadata::ThumbnailPolicy thumbnail(ThumbnailPolicy policy) {
  switch (policy) {
    case ThumbnailPolicy::strip:
      return metadata::ThumbnailPolicy::strip;
    case ThumbnailPolicy::keep:
      return metadata::ThumbnailPolicy::keep;
    case ThumbnailPolicy::remake:
      break;
  }
  return metadata::ThumbnailPolicy::remake;
}

bool may_have_thumbnail(const Picture& picture) {
  switch (picture.format) {
    case PictureFormat::jpeg:
    case PictureFormat::tiff:
      return true;  // in EXIF or Photoshop resources
    case PictureFormat::avif:
    case PictureFormat::heif:
      return picture.image.get_typeof(VIPS_META_EXIF_NAME) == VIPS_TYPE_BLOB;
    case PictureFormat::png:
    case PictureFormat::webp:
      return !metadata::find_exif(picture.input.bytes()).empty();
    default:
      return false;
  }
}

/// The first page, shrunk, as 8-bit grey or RGB in memory. Sides of long pictures keep at least one pixel.
vips::VImage small_picture(const Picture& picture) {
  vips::VImage page = picture.image.extract_area(0, 0, picture.page.width, picture.page.height);
  const int factor = std::max(picture.page.width, picture.page.height) / thumbnail_side;
  if (factor > 1) page = page.shrink(std::min(factor, page.width()), std::min(factor, page.height()));
  page = eight_bit(page, picture.layout);
  if (page.has_alpha()) page = page.flatten(vips::VImage::option()->set("background", 255.0));
  const int bands = page.bands() < 3 ? 1 : 3;
  if (page.bands() > bands) page = page.extract_band(0, vips::VImage::option()->set("n", bands));
  return page.copy_memory();
}

/// libvips writes an image's own resolution into its EXIF block, so the two must agree.
void set_resolution(vips::VImage& image, container::ByteSpan exif) {
  const auto block = metadata::ExifBlock::read(exif);
  const auto number = [&](std::string_view name) {
    return block ? std::strtod(block->text(name).value_or("0").c_str(), nullptr) : 0;
  };
  const double across = number("XResolution"), down = number("YResolution");
  if (!(across > 0) || !(down > 0)) return;
  constexpr int centimetres = 3;
  const bool in_centimetres = static_cast<int>(number("ResolutionUnit")) == centimetres;
  const double millimetres = in_centimetres ? 10 : 25.4;
  image =
      image.copy(vips::VImage::option()->set("xres", across / millimetres)->set("yres", down / millimetres));
  image.set(VIPS_META_RESOLUTION_UNIT, in_centimetres ? "cm" : "in");
}

}  // namespace

MetadataCarrier::MetadataCarrier(const Picture& picture, const Encoding& encoding) : picture_(picture) {
  const PictureFormat format = output_format(picture.format, encoding.format);
  plan_.policy = policy(encoding.metadata);
  plan_.thumbnail = thumbnail(encoding.thumbnail);
  plan_.copyright = encoding.copyright;
  plan_.artist = encoding.artist;
  // Boxes define the orientation of AVIF and HEIC, whatever the EXIF block contains. libheif has applied
  // them.
  const bool by_boxes = picture.format == PictureFormat::heif || picture.format == PictureFormat::avif;
  const bool boxes_kept = picture.avif != nullptr && format == PictureFormat::avif;
  plan_.orientation_baked = picture.upright || (by_boxes && !boxes_kept);
  plan_.width = static_cast<std::uint32_t>(picture.page.width);
  plan_.height = static_cast<std::uint32_t>(picture.page.height);
  const bool needs_pixels = format != PictureFormat::jpeg && encoding.thumbnail == ThumbnailPolicy::remake &&
                            encoding.metadata == MetadataPolicy::keep;
  if (needs_pixels && may_have_thumbnail(picture)) make_small_picture();
}

void MetadataCarrier::make_small_picture() {
  try {
    const vips::VImage small = small_picture(picture_);
    const auto* const samples = static_cast<const std::byte*>(small.data());
    thumbnail_pixels_.assign(samples, samples + image_bytes(small));
    plan_.pixels = metadata::PixelView{.width = static_cast<std::uint32_t>(small.width()),
                                       .height = static_cast<std::uint32_t>(small.height()),
                                       .bands = small.bands(),
                                       .samples = thumbnail_pixels_};
  } catch (const vips::VError&) {
    vips_error_clear();  // without pixels, an old thumbnail is removed and reported
  }
}

std::optional<metadata::MetadataBlocks> MetadataCarrier::blocks_of_heif() const {
  if (picture_.format != PictureFormat::heif && picture_.format != PictureFormat::avif) return std::nullopt;
  metadata::MetadataBlocks blocks;
  blocks.exif = container::to_bytes(blob(picture_.image, VIPS_META_EXIF_NAME));
  blocks.xmp = container::to_bytes(blob(picture_.image, VIPS_META_XMP_NAME));
  return blocks;
}

metadata::EncoderBlocks MetadataCarrier::blocks_for_encoder(std::vector<std::string>& losses) const {
  auto blocks = metadata::blocks_for_encoder(picture_.input.bytes(), blocks_of_heif(), plan_);
  losses.insert(losses.end(), blocks.losses.begin(), blocks.losses.end());
  return blocks;
}

void MetadataCarrier::append_boxes(std::vector<std::byte>& file) const {
  for (const auto box : metadata::boxes_to_carry(picture_.input.bytes(), plan_)) {
    file.insert(file.end(), box.begin(), box.end());
  }
}

void MetadataCarrier::give_to_encoder(vips::VImage& image, std::vector<std::string>& losses) const {
  const metadata::EncoderBlocks blocks = blocks_for_encoder(losses);
  const auto give = [&image](const char* field, const container::Bytes& bytes) {
    if (!bytes.empty()) vips_image_set_blob_copy(image.get_image(), field, bytes.data(), bytes.size());
  };
  give(VIPS_META_EXIF_NAME, blocks.exif);
  set_resolution(image, blocks.exif);
  give(VIPS_META_XMP_NAME, blocks.xmp);
}

std::vector<std::byte> MetadataCarrier::carry(std::span<const std::byte> encoded,
                                              std::vector<std::string>& losses) const {
  const auto blocks = blocks_of_heif();
  metadata::CarryResult result = blocks
                                     ? metadata::carry_blocks(picture_.input.bytes(), *blocks, encoded, plan_)
                                     : metadata::carry_over(picture_.input.bytes(), encoded, plan_);
  losses.insert(losses.end(), result.losses.begin(), result.losses.end());
  return std::move(result.bytes);
}

std::vector<std::byte> MetadataCarrier::edit_finished(std::span<const std::byte> finished,
                                                      std::vector<std::string>& losses) const {
  metadata::CarryResult result = metadata::edit_finished_jpeg(finished, plan_);
  losses.insert(losses.end(), result.losses.begin(), result.losses.end());
  return std::move(result.bytes);
}

}  // namespace wm
