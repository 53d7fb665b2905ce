#include "worker/metadata/tiff_tags.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "worker/metadata/embedded_jpeg.h"
#include "worker/metadata/exif_block.h"

namespace wm::metadata {
namespace {

constexpr std::array<std::uint16_t, 42> storage_tags{
    256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 288,   289,   292,
    293, 317, 320, 322, 323, 324, 325, 326, 327, 328, 338, 339,   347,   512,
    513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 34675, 37439, 50215};

// Includes density, orientation, XMP and the like.
constexpr std::array<std::uint16_t, 49> description_tags{
    254,   255,   269,   270,   271,   272,   285,   286,   287,   297,   305,   306,   315,
    316,   337,   700,   4864,  18246, 18249, 32932, 33432, 33550, 33723, 33922, 34264, 34377,
    34665, 34735, 34736, 34737, 34853, 36867, 37510, 40091, 40092, 40093, 40094, 40095, 42112,
    42113, 50341, 50708, 50827, 282,   283,   296,   274,   36864, 37386};

constexpr std::array<std::uint16_t, 2> colour_tags{318, 319};
constexpr std::array<std::uint16_t, 13> sample_tags{263, 264, 265, 290, 291, 301, 321,
                                                    332, 333, 334, 336, 342, 532};
constexpr std::array<std::uint16_t, 4> range_tags{280, 281, 340, 341};
constexpr std::array<std::uint16_t, 5> directory_tags{400, 33424, 34954, 40965, 65024};
constexpr std::array<std::uint16_t, 4> picture_tags{330, 37724, 34022, 50784};

struct TagRange {
  std::uint16_t first, last;
};
constexpr std::array<TagRange, 7> sensor_tags{{{33421, 33422},
                                               {50706, 50741},
                                               {50778, 50781},
                                               {50828, 50834},
                                               {50879, 50982},
                                               {51008, 51125},
                                               {52525, 52560}}};

enum Photometric : std::uint32_t { photometric_rgb = 2, photometric_palette = 3, photometric_ycbcr = 6 };

bool has_primaries(std::uint32_t photometric) {
  return photometric == photometric_rgb || photometric == photometric_palette ||
         photometric == photometric_ycbcr;
}

/// Both grey, whether black or white is 0; both red, green and blue in any form; or the same other model.
bool are_colours_alike(std::uint32_t one, std::uint32_t other) {
  constexpr std::uint32_t black_is_zero = 1;
  return one == other || (one <= black_is_zero && other <= black_is_zero) ||
         (has_primaries(one) && has_primaries(other));
}

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
  if (among(description_tags)) return TiffTagKind::description;
  if (among(colour_tags)) return TiffTagKind::colours;
  if (among(sample_tags)) return TiffTagKind::samples;
  if (among(range_tags)) return TiffTagKind::range;
  if (among(directory_tags)) return TiffTagKind::directory;
  const bool sensor = std::ranges::any_of(
      sensor_tags, [tag](const TagRange& range) { return tag >= range.first && tag <= range.last; });
  return sensor ? TiffTagKind::sensor : TiffTagKind::custom;
}

std::span<const std::uint16_t> tiff_description_tags() {
  return description_tags;
}

SamplesOfPages::SamplesOfPages(const TiffReader& from, const TiffDirectory& old_page, const TiffReader& to,
                               const TiffDirectory& new_page)
    : old_(form_of(from, old_page)), new_(form_of(to, new_page)) {}

SamplesOfPages::Form SamplesOfPages::form_of(const TiffReader& reader, const TiffDirectory& page) {
  const auto number = [&](std::uint16_t tag, std::uint32_t otherwise) {
    const TiffField* field = page.find(tag);
    return field == nullptr ? otherwise : reader.number(*field);
  };
  Form form{.photometric = number(262, photometric_rgb),
            .samples = number(277, 1),
            .format = number(339, 1),
            .bits = {}};
  const TiffField* bits = page.find(258);
  constexpr std::uint64_t most_samples = 64;
  for (std::size_t i = 0; bits != nullptr && i < std::min(bits->count, most_samples); ++i)
    form.bits.push_back(reader.number(*bits, i));
  return form;
}

bool SamplesOfPages::still_right(const TiffReader& from, const TiffField& field) const {
  switch (tiff_tag_kind(field.tag)) {
    case TiffTagKind::colours:
      return are_colours_alike(old_.photometric, new_.photometric);
    case TiffTagKind::samples:
      // The levels of black and white in YCbCr depend on the encoder.
      return old_ == new_ && (field.tag != 532 || new_.photometric != photometric_ycbcr);
    case TiffTagKind::range: {
      // Marks may exceed the picture's range, unless that is already the whole range.
      if (old_ != new_ || old_.bits.empty() || old_.format != 1 || old_.bits.front() > 16) return false;
      const bool least = field.tag == 280 || field.tag == 340;
      const std::uint32_t limit = least ? 0 : (1U << old_.bits.front()) - 1;
      for (std::size_t i = 0; i < field.count; ++i) {
        if (from.number(field, i) != limit) return false;
      }
      return true;
    }
    default:
      return true;
  }
}

NewField copied_custom_field(const TiffReader& from, const TiffField& field, const MetadataPlan& plan,
                             TiffLayout to, Losses& losses) {
  NewField copy = copied_field(from, field, to);
  const bool bytes = field.type == tiff_byte || field.type == tiff_undefined;
  if (bytes && plan.thumbnail != ThumbnailPolicy::keep) {
    losses.add(wipe_embedded_jpegs(copy.value), "preview picture", "in a TIFF tag");
  }
  return copy;
}

std::optional<NewDirectory> copied_custom_directory(const TiffReader& from, const TiffField& pointer,
                                                    const MetadataPlan& plan, TiffLayout to, Losses& losses) {
  const auto directory = from.directory(from.offset(pointer));
  if (!directory) {
    losses.add("damaged TIFF tag " + std::to_string(pointer.tag));
    return std::nullopt;
  }
  constexpr std::array<std::uint16_t, 3> data_tags{exif_tag::strip_offsets, 324, exif_tag::thumbnail};
  if (std::ranges::any_of(data_tags, [&](auto tag) { return directory->find(tag) != nullptr; })) {
    losses.add("TIFF sub-pictures");
    return std::nullopt;
  }
  NewDirectory copy;
  std::size_t room = from.block().size();
  for (const auto& field : directory->fields) {
    if (!field.sound || field.size > room) {
      losses.add("damaged TIFF tag " + std::to_string(field.tag));
      continue;
    }
    room -= field.size;
    copy.fields.push_back(copied_custom_field(from, field, plan, to, losses));
  }
  return copy;
}

NewDirectory copied_exif_directory(const TiffReader& from, const TiffDirectory& directory,
                                   const MetadataPlan& plan, TiffLayout to, Losses& losses) {
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
      auto interop = copied_custom_directory(from, field, plan, to, losses);
      if (interop) copy.children.push_back({field.tag, std::move(*interop)});
      continue;
    }
    NewField value = copied_field(from, field, to);
    if (sizes && field.count == 1 && (field.tag == exif_tag::pixel_x || field.tag == exif_tag::pixel_y)) {
      put_number(value.value, 0, field.tag == exif_tag::pixel_x ? plan.width : plan.height,
                 value.value.size(), to.order);
    }
    if (field.tag == exif_tag::maker_note) {
      losses.add("offsets inside the maker note");
      if (plan.thumbnail != ThumbnailPolicy::keep) {
        losses.add(wipe_embedded_jpegs(value.value), "preview picture", "inside EXIF");
      }
    }
    copy.fields.push_back(std::move(value));
  }
  losses.add(damaged, "damaged EXIF field");
  return copy;
}

}  // namespace wm::metadata
