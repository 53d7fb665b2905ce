#include "worker/metadata/tiff_tags.h"

#include <algorithm>
#include <array>

#include "worker/metadata/embedded_jpeg.h"
#include "worker/metadata/exif_block.h"

namespace wm::metadata {
namespace {

constexpr std::array<std::uint16_t, 56> storage_tags{
    254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 277, 278, 279, 280, 281,   284,  288,
    289, 290, 291, 292, 293, 301, 317, 318, 319, 320, 321, 322, 323, 324, 325, 326, 327,   328,  332,
    334, 336, 338, 339, 340, 341, 342, 347, 512, 513, 514, 515, 529, 530, 531, 532, 34675, 37439};

// Density, orientation, XMP and the like among them.
constexpr std::array<std::uint16_t, 48> description_tags{
    269,   270,   271,   272,   285,   286,   287,   297,   305,   306,   315,   316,
    333,   337,   700,   4864,  18246, 18249, 32932, 33432, 33550, 33723, 33922, 34264,
    34377, 34665, 34735, 34736, 34737, 34853, 36867, 37510, 40091, 40092, 40093, 40094,
    40095, 42112, 42113, 50341, 50708, 50827, 282,   283,   296,   274,   36864, 37386};

constexpr std::array<std::uint16_t, 4> picture_tags{330, 37724, 34022, 50784};

}  // namespace

TiffTagKind tiff_tag_kind(std::uint16_t tag) {
  switch (tag) {
    case exif_tag::artist:
    case exif_tag::copyright:
      return TiffTagKind::rights;
    case exif_tag::x_resolution:
    case exif_tag::y_resolution:
    case exif_tag::resolution_unit:
      return TiffTagKind::density;
    case exif_tag::orientation:
      return TiffTagKind::orientation;
    case tiff_tag::xmp:
      return TiffTagKind::xmp;
    case tiff_tag::iptc:
      return TiffTagKind::iptc;
    case tiff_tag::irb:
      return TiffTagKind::irb;
    case exif_tag::exif_directory:
      return TiffTagKind::exif;
    case exif_tag::gps_directory:
      return TiffTagKind::gps;
    default:
      break;
  }
  const auto among = [tag](const auto& tags) { return std::ranges::find(tags, tag) != tags.end(); };
  if (among(picture_tags)) return TiffTagKind::pictures;
  if (among(storage_tags)) return TiffTagKind::storage;
  return among(description_tags) ? TiffTagKind::description : TiffTagKind::unknown;
}

std::span<const std::uint16_t> tiff_description_tags() {
  return description_tags;
}

NewDirectory copied_exif_directory(const TiffReader& from, const TiffDirectory& directory,
                                   const MetadataPlan& plan, Endian order, Losses& losses) {
  NewDirectory copy;
  std::size_t damaged = 0;
  // A hostile directory may point to the same large value many times.
  std::size_t room = from.block().size();
  const bool sizes = plan.orientation_baked && plan.width > 0 && plan.height > 0;
  for (const auto& field : directory.fields) {
    if (!field.sound || field.size > room) {
      ++damaged;
      continue;
    }
    room -= field.size;
    if (field.tag == exif_tag::interop_directory) {
      const auto interop = from.directory(from.number(field));
      if (!interop) continue;
      copy.children.push_back(
          {field.tag, NewDirectory{.fields = copied_fields(from, *interop, {1, 2, 0x1001, 0x1002}, order)}});
      continue;
    }
    NewField value = copied_field(from, field, order);
    if (sizes && field.count == 1 && (field.tag == exif_tag::pixel_x || field.tag == exif_tag::pixel_y)) {
      put_number(value.value, 0, field.tag == exif_tag::pixel_x ? plan.width : plan.height,
                 value.value.size(), order);
    }
    if (field.tag == exif_tag::maker_note) {
      losses.add("offsets inside the maker note");
      if (plan.thumbnail != ThumbnailPolicy::keep) {
        const auto previews = wipe_embedded_jpegs(value.value, {}, {});
        losses.add(previews.value_or(1), "preview picture inside EXIF");
        if (!previews) continue;
      }
    }
    copy.fields.push_back(std::move(value));
  }
  losses.add(damaged, "damaged EXIF field");
  return copy;
}

}  // namespace wm::metadata
