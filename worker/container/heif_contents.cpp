#include "worker/container/heif_contents.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "worker/container/iso_boxes.h"

namespace wm {
namespace {

using namespace container;

// Entries are looked up by number or traversed once; writers make a few hundred at most.
constexpr std::size_t most_entries = 100'000;

std::string_view terminated(ByteSpan bytes, std::uint64_t at = 0) {
  const std::string_view text = text_of(part(bytes, at));
  return text.substr(0, text.find('\0'));
}

/// The items of a 'meta' box.
class ItemReader {
 public:
  ItemReader(ByteSpan file, HeifContents& contents) : file_(file), contents_(contents) {}

  void read(ByteSpan meta) {
    const ByteSpan boxes = full_content(meta);
    const ByteSpan primary = find_box(boxes, "pitm");
    contents_.primary_id = version_of(primary) == 0 ? u16(primary, 4) : u32(primary, 4);
    read_infos(find_box(boxes, "iinf"));
    contents_.item_data = find_box(boxes, "idat");
    read_locations(find_box(boxes, "iloc"));
    read_references(find_box(boxes, "iref"));
    read_properties(find_box(boxes, "iprp"));
  }

 private:
  HeifItem* find(std::uint64_t id) {
    const auto found = places_.find(static_cast<std::uint32_t>(id));
    return found == places_.end() ? nullptr : &contents_.items[found->second];
  }

  void read_infos(ByteSpan infos) {
    std::uint64_t at = version_of(infos) == 0 ? 6 : 8;
    while (const auto box = next_box(infos, at)) {
      if (box->type != "infe" || contents_.items.size() == most_entries) continue;
      const int version = version_of(box->content);
      if (version < 2) continue;  // has no item type
      HeifItem item;
      item.hidden = (u8(box->content, 3) & 1) != 0;
      const std::size_t id_bytes = version == 2 ? 2 : 4;
      item.id = version == 2 ? u16(box->content, 4) : u32(box->content, 4);
      const std::uint64_t type_at = 4 + id_bytes + 2;
      item.type = text_of(part(box->content, type_at, 4));
      const std::string_view name = terminated(box->content, type_at + 4);
      if (item.type == "mime") item.content_type = terminated(box->content, type_at + 4 + name.size() + 1);
      if (places_.emplace(item.id, contents_.items.size()).second) contents_.items.push_back(item);
    }
  }

  void read_locations(ByteSpan box) {
    for (const ItemExtent& extent : item_extents(box)) {
      HeifItem* const item = find(extent.item);
      const ByteSpan source = extent.in_data_box ? contents_.item_data : file_;
      if (item != nullptr) add_extent(*item, source, extent.base + extent.offset, extent.length);
    }
  }

  static void add_extent(HeifItem& item, ByteSpan source, std::uint64_t offset, std::uint64_t length) {
    if (length == 0 && offset <= source.size()) length = source.size() - offset;
    item.within_file = item.within_file && inside(source, offset, length);
    item.bytes = std::min(item.bytes, UINT64_MAX - length) + length;
    item.extents.push_back(part(source, offset, length));
  }

  void read_references(ByteSpan box) {
    const std::size_t id_bytes = version_of(box) == 0 ? 2 : 4;
    std::uint64_t at = 4;
    std::size_t left = most_entries;
    while (const auto child = next_box(box, at)) {
      NumberStream numbers(child->content);
      HeifReference reference{.type = child->type, .from = 0, .to = {}};
      reference.from = static_cast<std::uint32_t>(numbers.next(id_bytes));
      const std::uint64_t count = numbers.next(2);
      for (std::uint64_t i = 0; i < count && left > 0 && !numbers.ended(); ++i, --left) {
        reference.to.push_back(static_cast<std::uint32_t>(numbers.next(id_bytes)));
      }
      if (left == 0) return;
      --left;
      contents_.references.push_back(std::move(reference));
    }
  }

  void read_properties(ByteSpan box) {
    std::vector<IsoBox> properties;
    const ByteSpan known = find_box(box, "ipco");
    std::uint64_t at = 0;
    while (const auto property = next_box(known, at)) {
      if (properties.size() == most_entries) return;
      properties.push_back(*property);
    }
    std::uint64_t child_at = 0;
    while (const auto child = next_box(box, child_at)) {
      if (child->type == "ipma") associate(child->content, properties);
    }
  }

  void associate(ByteSpan box, const std::vector<IsoBox>& properties) {
    const std::size_t id_bytes = version_of(box) == 0 ? 2 : 4;
    const std::size_t index_bytes = (u8(box, 3) & 1) != 0 ? 2 : 1;
    const std::uint64_t index_mask = index_bytes == 2 ? 0x7FFF : 0x7F;
    NumberStream numbers(full_content(box));
    const std::uint64_t count = numbers.next(4);
    for (std::uint64_t i = 0; i < count && !numbers.ended(); ++i) {
      HeifItem* const item = find(numbers.next(id_bytes));
      const std::uint64_t associations = numbers.next(1);
      for (std::uint64_t k = 0; k < associations; ++k) {
        const std::uint64_t index = numbers.next(index_bytes) & index_mask;
        if (item == nullptr || index == 0) continue;  // 0: none
        if (index <= properties.size()) {
          apply(properties[index - 1], *item);
        } else {
          item->properties_exist = false;
        }
      }
    }
  }

  static void apply(const IsoBox& property, HeifItem& item) {
    const ByteSpan content = property.content;
    if (property.type == "ispe") {
      item.width = u32(content, 4);
      item.height = u32(content, 8);
    } else if (property.type == "auxC") {
      item.auxiliary = terminated(content, 4);
    } else if (property.type == "clap") {
      item.aperture = CleanAperture{u32(content, 0), u32(content, 4), u32(content, 8), u32(content, 12)};
    } else if (property.type == "av1C") {
      item.configuration = content;
    } else if (property.type == "hvcC") {
      item.configuration = content;
      item.chroma_format = u8(content, 16) & 3;
    } else if (property.type == "colr" && text_of(part(content, 0, 4)) == "nclx") {
      const auto number = [&](std::uint64_t at) { return int{u16(content, at)}; };
      item.colour = ColourCodes{.primaries = number(4),
                                .transfer = number(6),
                                .matrix = number(8),
                                .full_range = (u8(content, 10) & 0x80) != 0};
    } else if (property.type == "colr") {
      item.profile_bytes = content.size() - std::min<std::uint64_t>(content.size(), 4);
    }
  }

  ByteSpan file_;
  HeifContents& contents_;
  std::unordered_map<std::uint32_t, std::size_t> places_;
};

/// A duration in a box of version 0 or 1; the largest number means endless.
std::uint64_t time_at(ByteSpan box, std::uint64_t at, int version) {
  if (version != 0) return u64(box, at);
  const std::uint64_t value = u32(box, at);
  return value == UINT32_MAX ? UINT64_MAX : value;
}

/// An edit list whose first flag is set repeats until the track ends.
Repetition repetition_of(ByteSpan track) {
  const ByteSpan list = find_box(find_box(track, "edts"), "elst");
  if (list.empty()) return {};
  const bool repeats = (u8(list, 3) & 1) != 0;
  if (!repeats) return {.kind = Repetition::Kind::times, .times = 1};
  const ByteSpan header = find_box(track, "tkhd");
  const int version = version_of(header);
  const std::uint64_t whole = time_at(header, version == 0 ? 20 : 28, version);
  const std::uint64_t once = time_at(list, 8, version_of(list));
  if (whole == UINT64_MAX || once == 0) return {.kind = Repetition::Kind::endless, .times = 0};
  return {.kind = Repetition::Kind::times,
          .times = std::max<std::uint64_t>(1, whole / once + (whole % once != 0 ? 1 : 0))};
}

bool chunks_within(ByteSpan file, ByteSpan table) {
  for (const auto& [type, bytes] :
       {std::pair{std::string_view("stco"), 4}, std::pair{std::string_view("co64"), 8}}) {
    NumberStream numbers(full_content(find_box(table, type)));
    const std::uint64_t count = numbers.next(4);
    for (std::uint64_t i = 0; i < count && !numbers.ended(); ++i) {
      if (numbers.next(static_cast<std::size_t>(bytes)) >= file.size()) return false;
    }
  }
  return true;
}

HeifTrack read_track(ByteSpan file, ByteSpan track) {
  const ByteSpan media = find_box(track, "mdia");
  const ByteSpan table = find_box(find_box(media, "minf"), "stbl");
  std::uint64_t at = 8;  // version and flags, the number of entries
  const auto entry = next_box(find_box(table, "stsd"), at);
  return {.handler = text_of(part(find_box(media, "hdlr"), 8, 4)),
          .coding = entry ? entry->type : std::string_view(),
          .samples = u32(find_box(table, "stsz"), 8),
          .within_file = chunks_within(file, table),
          .repetition = repetition_of(track)};
}

void read_brands(ByteSpan box, HeifContents& contents) {
  constexpr std::size_t most_brands = 100;
  contents.major_brand = text_of(part(box, 0, 4));
  for (std::uint64_t at = 8; inside(box, at, 4) && contents.compatible_brands.size() < most_brands; at += 4) {
    contents.compatible_brands.push_back(text_of(part(box, at, 4)));
  }
}

/// Whether boxes of this type are part of the picture, or unused space.
bool is_of_picture(std::string_view type) {
  static constexpr std::array<std::string_view, 8> types{"ftyp", "meta", "moov", "mdat",
                                                         "free", "skip", "moof", "pdin"};
  return std::ranges::find(types, type) != types.end();
}

}  // namespace

bool HeifItem::is_picture() const {
  static constexpr std::array<std::string_view, 9> types{"av01", "hvc1", "grid", "iovl", "iden",
                                                         "jpeg", "avc1", "j2k1", "unci"};
  return std::ranges::find(types, type) != types.end();
}

const HeifItem* HeifContents::item(std::uint32_t id) const {
  const auto found = std::ranges::find(items, id, &HeifItem::id);
  return found == items.end() ? nullptr : &*found;
}

const HeifItem* HeifContents::coded_primary() const {
  const HeifItem* const first = primary();
  if (first == nullptr || first->type != "grid") return first;
  for (const HeifReference& reference : references) {
    if (reference.type != "dimg" || reference.from != first->id || reference.to.empty()) continue;
    if (const HeifItem* const cell = item(reference.to.front())) return cell;
  }
  return first;
}

bool HeifContents::has_brand(std::string_view brand) const {
  return major_brand == brand || std::ranges::find(compatible_brands, brand) != compatible_brands.end();
}

HeifContents read_heif_contents(std::span<const std::byte> file) {
  HeifContents contents;
  std::uint64_t at = 0;
  bool meta_seen = false;
  while (const auto box = next_box(file, at)) {
    contents.boxes_within_file = contents.boxes_within_file && box->complete;
    if (box->type == "ftyp") {
      if (contents.major_brand.empty()) read_brands(box->content, contents);
    } else if (box->type == "meta") {
      if (!meta_seen) ItemReader(file, contents).read(box->content);
      meta_seen = true;
    } else if (box->type == "moov") {
      std::uint64_t track_at = 0;
      while (const auto track = next_box(box->content, track_at)) {
        if (track->type == "trak" && contents.tracks.size() < most_entries) {
          contents.tracks.push_back(read_track(file, track->content));
        }
      }
    } else if (!box->complete && !is_of_picture(box->type)) {
      at -= box->whole.size();  // the apparent header is something else
      break;
    } else if (!is_of_picture(box->type) && contents.other_boxes.size() < most_entries) {
      contents.other_boxes.push_back({box->type, box->whole});
    }
  }
  contents.bytes_after = file.size() - at;
  return contents;
}

std::vector<const HeifItem*> other_pictures(const HeifContents& contents) {
  std::unordered_set<std::uint32_t> parts;  // of others, or belonging to them
  for (const HeifReference& reference : contents.references) {
    if (reference.type == "thmb" || reference.type == "auxl") parts.insert(reference.from);
    if (reference.type == "dimg") parts.insert(reference.to.begin(), reference.to.end());
  }
  std::vector<const HeifItem*> others;
  for (const HeifItem& item : contents.items) {
    if (item.id != contents.primary_id && !item.hidden && item.auxiliary.empty() &&
        !parts.contains(item.id) && item.is_picture()) {
      others.push_back(&item);
    }
  }
  return others;
}

bool is_avif(const HeifContents& contents) {
  if (const HeifItem* const coded = contents.coded_primary(); coded != nullptr) {
    if (coded->type == "av01") return true;
    if (coded->type == "hvc1" || coded->type == "iden" || coded->type == "iovl") return false;
  }
  const bool track = std::ranges::any_of(contents.tracks, [](const HeifTrack& candidate) {
    return candidate.has_pictures() && candidate.coding == "av01";
  });
  return track || contents.has_brand("avif") || contents.has_brand("avis");
}

std::uint64_t frames_shown(const HeifContents& contents) {
  static constexpr std::array<std::string_view, 6> moving{"avis", "hevc", "hevx", "hevm", "hevs", "msf1"};
  const auto track = std::ranges::find_if(contents.tracks, &HeifTrack::has_pictures);
  if (track == contents.tracks.end()) return 1;
  const bool shown = std::ranges::find(moving, contents.major_brand) != moving.end() ||
                     contents.primary() == nullptr || (contents.major_brand != "avif" && is_avif(contents));
  return shown ? std::max<std::uint64_t>(track->samples, 1) : 1;
}

}  // namespace wm
