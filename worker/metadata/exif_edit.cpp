#include "worker/metadata/exif_edit.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "worker/metadata/embedded_jpeg.h"
#include "worker/metadata/exif_block.h"
#include "worker/metadata/exif_thumbnail.h"
#include "worker/metadata/tiff_writer.h"

namespace wm::metadata {
namespace {

void set_number(Bytes& block, const TiffField* field, std::uint32_t value, Endian order) {
  if (field == nullptr || field->count != 1) return;
  const std::size_t size = tiff_type_size(field->type);
  if (size == 2 || size == 4) put_number(block, field->value_at, value, size, order);
}

const TiffField* find(const std::optional<TiffDirectory>& directory, std::uint16_t tag) {
  return directory ? directory->find(tag) : nullptr;
}

/// The pixels are already turned, so resets the orientation.
void bake_orientation(Bytes& block, const MetadataPlan& plan) {
  const auto exif = ExifBlock::read(block);
  if (!exif) return;
  const Endian order = exif->reader().order();
  set_number(block, exif->main().find(exif_tag::orientation), 1, order);
  set_number(block, find(exif->thumbnail(), exif_tag::orientation), 1, order);
  if (plan.width == 0 || plan.height == 0) return;
  set_number(block, find(exif->exif(), exif_tag::pixel_x), plan.width, order);
  set_number(block, find(exif->exif(), exif_tag::pixel_y), plan.height, order);
  set_number(block, exif->main().find(exif_tag::image_width), plan.width, order);
  set_number(block, exif->main().find(exif_tag::image_height), plan.height, order);
}

NewDirectory new_texts(const MetadataPlan& plan) {
  NewDirectory texts;
  if (!plan.artist.empty()) texts.fields.push_back(ascii_field(exif_tag::artist, plan.artist));
  if (!plan.copyright.empty()) texts.fields.push_back(ascii_field(exif_tag::copyright, plan.copyright));
  return texts;
}

void write_texts(Bytes& block, const MetadataPlan& plan, std::size_t limit, Losses& losses) {
  if (!has_texts(plan)) return;
  const NewDirectory texts = new_texts(plan);
  if (block.empty()) {
    Bytes fresh = new_block(texts, Endian::big);
    if (fresh.size() <= limit) {
      block = std::move(fresh);
      return;
    }
  } else if (const auto exif = ExifBlock::read(block)) {
    Bytes changed = block;
    if (replace_directory(changed, 4, exif->main(), texts, exif->reader().layout()) &&
        changed.size() <= limit) {
      block = std::move(changed);
      return;
    }
  }
  losses.add("new copyright or artist in EXIF: no room");
}

}  // namespace

Bytes filtered_exif(ByteSpan block, CarryPolicy policy) {
  const auto exif = ExifBlock::read(block);
  if (!exif) return {};
  const TiffReader& reader = exif->reader();
  const TiffLayout layout = reader.layout();
  NewDirectory kept;
  // An orientation of 1 and a density without its unit carry no information.
  if (exif->orientation() != 1) {
    kept.fields.push_back(
        short_field(exif_tag::orientation, static_cast<std::uint16_t>(exif->orientation()), layout.order));
  }
  for (auto& field :
       copied_fields(reader, exif->main(),
                     {exif_tag::x_resolution, exif_tag::y_resolution, exif_tag::resolution_unit}, layout)) {
    kept.fields.push_back(std::move(field));
  }
  if (policy == CarryPolicy::copyright) {
    for (auto& field : copied_fields(reader, exif->main(), {exif_tag::artist, exif_tag::copyright}, layout)) {
      kept.fields.push_back(std::move(field));
    }
  }
  // DCF: "uncalibrated" with interoperability R03 is Adobe RGB.
  NewDirectory colour;
  if (exif->exif()) colour.fields = copied_fields(reader, *exif->exif(), {exif_tag::colour_space}, layout);
  if (exif->interop() && !colour.fields.empty()) {
    NewDirectory interop{.fields = copied_fields(reader, *exif->interop(), {0x0001, 0x0002}, layout)};
    if (!is_empty(interop)) colour.children.push_back({exif_tag::interop_directory, std::move(interop)});
  }
  if (!is_empty(colour)) kept.children.push_back({exif_tag::exif_directory, std::move(colour)});
  return is_empty(kept) ? Bytes{} : new_block(kept, layout.order);
}

namespace {

/// An unreadable block is carried as it is, except for pictures in it; if an edit is requested, it is
/// dropped.
Bytes edited_unreadable(Bytes block, const MetadataPlan& plan, Losses& losses) {
  if (plan.orientation_baked || has_texts(plan)) {
    losses.add("damaged EXIF block");
    return {};
  }
  if (plan.thumbnail != ThumbnailPolicy::keep)
    losses.add(wipe_embedded_jpegs(block), "preview picture", "inside EXIF");
  return block;
}

Bytes edited_block(ByteSpan block, const MetadataPlan& plan, ThumbnailMaker& thumbnails, std::size_t limit,
                   Losses& losses) {
  Bytes result = to_bytes(block);
  if (!result.empty() && plan.policy != CarryPolicy::keep) result = filtered_exif(block, plan.policy);
  if (!result.empty() && !ExifBlock::read(result)) {
    result = edited_unreadable(std::move(result), plan, losses);
    if (!result.empty()) return result;
  }
  if (plan.orientation_baked) bake_orientation(result, plan);
  write_texts(result, plan, limit, losses);
  if (!result.empty() && plan.thumbnail != ThumbnailPolicy::keep) {
    const Bytes before = result;
    if (!replace_exif_thumbnail(result, plan, thumbnails, limit, losses)) {
      losses.add("EXIF block with a thumbnail that cannot be taken out");
      // Keeps what can be copied separately.
      result = filtered_exif(before, CarryPolicy::copyright);
    }
  }
  return result;
}

}  // namespace

Bytes edited_exif(ByteSpan block, const MetadataPlan& plan, ThumbnailMaker& thumbnails, std::size_t limit,
                  Losses& losses) {
  const std::size_t head = exif_head_size(block);
  const Bytes edited =
      edited_block(part(block, head), plan, thumbnails, limit - std::min(limit, head), losses);
  if (edited.empty()) return {};
  Bytes result = to_bytes(part(block, 0, head));
  append(result, edited);
  return result;
}

}  // namespace wm::metadata
