#include "worker/metadata/exif_thumbnail.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "worker/metadata/embedded_jpeg.h"
#include "worker/metadata/exif_block.h"

namespace wm::metadata {
namespace {

// Limit for the strips of an uncompressed thumbnail: the block may be hostile.
constexpr std::size_t max_strips = 4096;

std::vector<const TiffDirectory*> directories_of(const ExifBlock& exif) {
  std::vector<const TiffDirectory*> all{&exif.main()};
  for (const auto* more : {&exif.exif(), &exif.gps(), &exif.interop(), &exif.thumbnail()}) {
    if (*more) all.push_back(&**more);
  }
  return all;
}

/// The header and the tables of the directories, which contain all positions.
std::vector<ByteRange> table_ranges(const ExifBlock& exif) {
  std::vector<ByteRange> ranges{{0, 8}};
  for (const auto* directory : directories_of(exif)) ranges.push_back({directory->at, directory->end});
  return ranges;
}

/// All values outside of the tables except maker notes, whose recorded length may be too large.
std::vector<ByteRange> value_ranges(const ExifBlock& exif) {
  std::vector<ByteRange> ranges;
  for (const auto* directory : directories_of(exif)) {
    for (const auto& field : directory->fields) {
      if (field.sound && !field.is_inline && field.tag != exif_tag::maker_note)
        ranges.push_back(field.range());
    }
  }
  return ranges;
}

ByteRange maker_note_range(const ExifBlock& exif) {
  const TiffField* note = exif.exif() ? exif.exif()->find(exif_tag::maker_note) : nullptr;
  return note == nullptr ? ByteRange{} : note->range();
}

bool overlaps_any(ByteRange range, const std::vector<ByteRange>& others) {
  return std::ranges::any_of(others, [range](const ByteRange& other) { return other.overlaps(range); });
}

ThumbnailBox old_box(const std::optional<JpegExtent>& extent, const MetadataPlan& plan) {
  ThumbnailBox box;
  if (extent && extent->width > 0 && extent->height > 0) {
    box = {extent->width, extent->height};
    // A box that is wide or tall like the output: cameras put bars around thumbnails.
    if (plan.orientation_baked) std::swap(box.width, box.height);
  }
  const bool tall = plan.width > 0 && plan.height > plan.width;
  const bool wide = plan.width > plan.height;
  if ((tall && box.width > box.height) || (wide && box.height > box.width)) std::swap(box.width, box.height);
  return box;
}

class Editor {
 public:
  Editor(Bytes& block, const ExifBlock& exif)
      : block_(block),
        order_(exif.reader().order()),
        main_(exif.main()),
        tables_(table_ranges(exif)),
        maker_note_(maker_note_range(exif)),
        used_(value_ranges(exif)) {
    used_.insert(used_.end(), tables_.begin(), tables_.end());
    if (exif.thumbnail()) directory_ = *exif.thumbnail();
  }

  [[nodiscard]] bool has_directory() const { return directory_.at != 0; }
  /// Ends the chain of directories before the thumbnail's.
  void unlink() { put_u32(block_, main_.next_at, 0, order_); }

  /// The range of the JPEG, clipped to the block.
  [[nodiscard]] std::optional<ByteRange> jpeg() const {
    const TiffField* at = directory_.find(exif_tag::thumbnail);
    if (at == nullptr) return std::nullopt;
    const TiffField* size = directory_.find(exif_tag::thumbnail_size);
    const std::size_t begin = std::min<std::size_t>(number(*at), block_.size());
    const std::size_t length = size == nullptr ? block_.size() : number(*size);
    return ByteRange{begin, begin + std::min(length, block_.size() - begin)};
  }

  /// The ranges of an uncompressed thumbnail.
  [[nodiscard]] std::vector<ByteRange> strips() const {
    std::vector<ByteRange> ranges;
    const TiffField* offsets = directory_.find(exif_tag::strip_offsets);
    const TiffField* sizes = directory_.find(exif_tag::strip_sizes);
    if (offsets == nullptr) return ranges;
    for (std::uint32_t i = 0; i < std::min<std::size_t>(offsets->count, max_strips); ++i) {
      const std::size_t begin = std::min<std::size_t>(number(*offsets, i), block_.size());
      const std::size_t length = sizes == nullptr ? block_.size() : number(*sizes, i);
      ranges.push_back({begin, begin + std::min(length, block_.size() - begin)});
    }
    return ranges;
  }

  /// Whether nothing else is stored there. If it is not a JPEG, the offset may point into a maker note by
  /// mistake.
  [[nodiscard]] bool is_free(ByteRange range, bool jpeg) const {
    return !overlaps_any(range, used_) && (jpeg || !maker_note_.overlaps(range));
  }

  /// Overwrites the parts of the range that nothing else claims.
  void wipe_free(ByteRange range, bool jpeg) {
    std::vector<ByteRange> claimed;
    for (const auto& other : used_) {
      if (other.overlaps(range)) claimed.push_back(other);
    }
    if (!jpeg && maker_note_.overlaps(range)) claimed.push_back(maker_note_);
    std::ranges::sort(claimed, {}, &ByteRange::begin);
    for (const auto& other : claimed) {
      wipe(block_, {range.begin, other.begin});
      range.begin = std::max(range.begin, other.end);
    }
    wipe(block_, range);
  }

  void take_out(ByteRange range, bool jpeg) {
    if (range.end == block_.size() && !range.empty() && is_free(range, false)) {
      block_.resize(range.begin);
    } else {
      wipe_free(range, jpeg);
    }
  }

  [[nodiscard]] bool hits_table(ByteRange range) const { return overlaps_any(range, tables_); }

  /// Returns the position of the new thumbnail, or nullopt when there is no room.
  std::optional<ByteRange> put(ByteRange old, const Bytes& jpeg, std::size_t limit) {
    const TiffField* at = directory_.find(exif_tag::thumbnail);
    const TiffField* size = directory_.find(exif_tag::thumbnail_size);
    if (at == nullptr || size == nullptr || tiff_type_size(at->type) != 4 || tiff_type_size(size->type) < 2 ||
        (tiff_type_size(size->type) == 2 && jpeg.size() > 0xFFFF)) {
      return std::nullopt;
    }
    std::size_t to = old.begin;
    if (jpeg.size() > old.end - old.begin) {
      to = old.end == block_.size() ? old.begin : block_.size() + block_.size() % 2;
      if (to + jpeg.size() > limit) return std::nullopt;
    }
    wipe(block_, old);
    if (to + jpeg.size() > block_.size()) block_.resize(to + jpeg.size());
    std::ranges::copy(jpeg, block_.begin() + static_cast<std::ptrdiff_t>(to));
    put_u32(block_, at->value_at, static_cast<std::uint32_t>(to), order_);
    put_number(block_, size->value_at, static_cast<std::uint32_t>(jpeg.size()), tiff_type_size(size->type),
               order_);
    return ByteRange{to, to + jpeg.size()};
  }

  void put_dimensions(const Bytes& jpeg) {
    const auto extent = jpeg_extent(jpeg);
    if (!extent) return;
    const auto set = [this](std::uint16_t tag, std::uint32_t value) {
      const TiffField* field = directory_.find(tag);
      if (field != nullptr && field->count == 1 && tiff_type_size(field->type) <= 4) {
        put_number(block_, field->value_at, value, tiff_type_size(field->type), order_);
      }
    };
    set(exif_tag::image_width, extent->width);
    set(exif_tag::image_height, extent->height);
  }

  [[nodiscard]] std::vector<std::size_t> borders() const {
    std::vector<std::size_t> all;
    for (const auto& range : used_) {
      all.push_back(range.begin);
      all.push_back(range.end);
    }
    std::ranges::sort(all);
    return all;
  }

 private:
  [[nodiscard]] std::uint32_t number(const TiffField& field, std::size_t index = 0) const {
    const std::size_t size = tiff_type_size(field.type);
    if (index >= field.count || size > 4) return 0;
    return static_cast<std::uint32_t>(number_at(block_, field.value_at + index * size, size, order_));
  }

  Bytes& block_;
  Endian order_;
  TiffDirectory main_;
  TiffDirectory directory_;
  std::vector<ByteRange> tables_;
  ByteRange maker_note_;
  std::vector<ByteRange> used_;  // tables and values
};

}  // namespace

bool replace_exif_thumbnail(Bytes& block, const MetadataPlan& plan, ThumbnailMaker& thumbnails,
                            std::size_t limit, Losses& losses) {
  const auto exif = ExifBlock::read(block);
  if (!exif) return false;
  Editor editor(block, *exif);
  ByteRange fresh;
  if (exif->main().next != 0 && !editor.has_directory()) {
    // Such a pointer does not lead to a thumbnail.
    editor.unlink();
    losses.add("damaged EXIF thumbnail");
  }
  if (auto old = editor.jpeg()) {
    const auto extent = jpeg_extent(part(block, old->begin, old->end - old->begin));
    const bool jpeg = extent.has_value();
    // Its recorded length may be too large.
    if (jpeg && extent->whole && !editor.is_free(*old, jpeg)) old->end = old->begin + extent->size;
    const bool free = editor.is_free(*old, jpeg);
    if (!free) {
      editor.wipe_free(*old, jpeg);
      *old = {block.size(), block.size()};
    }
    std::optional<Bytes> made;
    std::optional<ByteRange> place;
    if (plan.thumbnail == ThumbnailPolicy::remake && old->begin >= 8) {
      const std::size_t in_place = old->end - old->begin;
      const std::size_t base = old->end == block.size() ? old->begin : block.size() + 1;
      const std::size_t room = std::max(in_place, limit > base ? limit - base : 0);
      made = thumbnails.make(old_box(extent, plan), room);
      if (made) place = editor.put(*old, *made, limit);
    }
    if (place) {
      fresh = *place;
      editor.put_dimensions(*made);
    } else {
      editor.take_out(*old, jpeg);
      editor.unlink();
      if (plan.thumbnail == ThumbnailPolicy::remake) losses.add("EXIF thumbnail");
    }
  }
  const auto strips = editor.strips();
  if (!strips.empty()) {
    for (const auto& strip : strips) editor.wipe_free(strip, false);
    if (fresh.empty()) editor.unlink();
    if (plan.thumbnail == ThumbnailPolicy::remake) losses.add("uncompressed EXIF thumbnail");
  }
  const auto previews = embedded_jpegs(block, fresh, editor.borders());
  for (const auto& preview : previews) {
    if (editor.hits_table(preview.range)) return false;
    wipe(block, preview.range);
  }
  losses.add(previews.size(), "preview picture", "inside EXIF");
  return true;
}

}  // namespace wm::metadata
