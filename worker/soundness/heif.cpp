#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "worker/container/heif_contents.h"
#include "worker/container/iso_boxes.h"
#include "worker/soundness/sound_file.h"

namespace wm::soundness {
namespace {

using container::ByteSpan;
using container::Endian;
using container::inside;
using container::next_box;
using container::number_at;
using container::u8;

/// Boxes that contain other boxes, and the number of bytes of their content before those.
struct Container {
  std::string_view type;
  std::uint64_t head;
};
constexpr std::array<Container, 14> containers{{{"meta", 4},
                                                {"iprp", 0},
                                                {"ipco", 0},
                                                {"dinf", 0},
                                                {"dref", 8},
                                                {"iref", 4},
                                                {"moov", 0},
                                                {"trak", 0},
                                                {"edts", 0},
                                                {"mdia", 0},
                                                {"minf", 0},
                                                {"stbl", 0},
                                                {"stsd", 8},
                                                {"tref", 0}}};

[[noreturn]] void fail_item(const HeifItem& item, const std::string& what) {
  throw Unsound("item " + std::to_string(item.id) + " (" + std::string(item.type) + ") " + what);
}

bool is_container(std::string_view type, int depth) {
  // Boxes of the file itself may be private ones, under any name.
  return depth > 0 || type == "meta" || type == "moov";
}

/// Boxes must fill their container without gaps.
void check_boxes(ByteSpan boxes, int depth) {
  constexpr int most_depth = 8;
  std::uint64_t at = 0;
  while (at < boxes.size()) {
    const auto box = next_box(boxes, at);
    if (!box) throw Unsound("bytes lie where a box should be");
    const std::string type(box->type);
    if (!box->complete) throw Unsound("the box " + type + " reaches beyond what it lies in");
    const auto* const known = std::ranges::find(containers, box->type, &Container::type);
    if (known == containers.end() || depth == most_depth || !is_container(box->type, depth)) continue;
    if (box->content.size() < known->head) throw Unsound("the box " + type + " is too short");
    check_boxes(container::part(box->content, known->head), depth + 1);
  }
}

/// The contents of all mdat boxes, in file order.
std::vector<ByteSpan> media_data(ByteSpan file) {
  std::vector<ByteSpan> found;
  std::uint64_t at = 0;
  while (const auto box = next_box(file, at)) {
    if (box->type == "mdat") found.push_back(box->content);
  }
  return found;
}

bool holds(ByteSpan whole, ByteSpan view) {
  return view.data() >= whole.data() && view.data() + view.size() <= whole.data() + whole.size();
}

bool lies_in_media_data(const std::vector<ByteSpan>& data, ByteSpan view) {
  const auto after =
      std::ranges::upper_bound(data, view.data(), {}, [](ByteSpan content) { return content.data(); });
  return after != data.begin() && holds(*std::prev(after), view);
}

void check_items(ByteSpan file, const HeifContents& contents) {
  const std::vector<ByteSpan> data = media_data(file);
  for (const HeifItem& item : contents.items) {
    if (!item.properties_exist) fail_item(item, "refers to a property that does not exist");
    if (!item.within_file) fail_item(item, "reaches beyond the file");
    if (item.bytes == 0 && item.type != "iden") fail_item(item, "has no data");
    for (const ByteSpan extent : item.extents) {
      if (!lies_in_media_data(data, extent) && !holds(contents.item_data, extent))
        fail_item(item, "lies outside of the media data");
    }
  }
}

using ItemsById = std::unordered_map<std::uint32_t, const HeifItem*>;

ItemsById items_by_id(const HeifContents& contents) {
  ItemsById items;
  for (const HeifItem& item : contents.items) items.emplace(item.id, &item);
  return items;
}

void check_references(const HeifContents& contents, const ItemsById& items) {
  for (const HeifReference& reference : contents.references) {
    const bool known =
        items.contains(reference.from) &&
        std::ranges::all_of(reference.to, [&](std::uint32_t id) { return items.contains(id); });
    if (!known) throw Unsound("a reference " + std::string(reference.type) + " leads to no item");
  }
}

std::vector<std::byte> data_of(const HeifItem& item) {
  std::vector<std::byte> all;
  all.reserve(std::min<std::uint64_t>(item.bytes, std::size_t{1} << 30));
  for (const ByteSpan extent : item.extents) all.insert(all.end(), extent.begin(), extent.end());
  return all;
}

/// Units preceded by their lengths, at least one of which is a slice: ISO/IEC 14496-15 section 8.3.2, ITU-T
/// H.265 table 7-1.
void check_hevc(const HeifItem& item) {
  constexpr std::size_t length_at = 21, shortest = 23;
  constexpr int first_other_type = 32;
  if (item.configuration.size() < shortest) fail_item(item, "has no configuration of its decoder");
  const std::size_t length_bytes = (u8(item.configuration, length_at) & 3U) + 1;
  const std::vector<std::byte> data = data_of(item);
  std::uint64_t at = 0;
  bool slice = false;
  while (at < data.size()) {
    const std::uint64_t length = number_at(data, at, length_bytes, Endian::big);
    at += length_bytes;
    if (length < 2 || !inside(data, at, length)) fail_item(item, "has a unit beyond its end");
    slice = slice || (u8(data, at) >> 1 & 0x3F) < first_other_type;
    at += length;
  }
  if (!slice) fail_item(item, "has no slice of a picture");
}

std::uint32_t bits_of(const HeifItem& item) {
  constexpr std::size_t hevc_luma_at = 17, av1_flags_at = 2;
  if (item.type == "hvc1") return 8 + (u8(item.configuration, hevc_luma_at) & 7U);
  const unsigned flags = u8(item.configuration, av1_flags_at);
  const bool high = (flags & 0x40) != 0, twelve = (flags & 0x20) != 0;  // AV1-ISOBMFF section 2.3.3
  return !high ? 8 : twelve ? 12 : 10;
}

std::uint32_t seen(std::uint32_t whole, std::uint32_t number, std::uint32_t divisor) {
  return divisor == 0 ? whole : number / divisor;
}

bool is_alpha(const HeifItem& item) {
  return item.auxiliary == "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha" ||
         item.auxiliary == "urn:mpeg:hevc:2015:auxid:1";
}

/// For a picture that is an item.
Facts facts_of(const HeifContents& contents, const ItemsById& items) {
  const HeifItem* const primary = contents.primary();
  const HeifItem* const coded = contents.coded_primary();
  if (primary == nullptr || coded == nullptr) throw Unsound("it has no primary picture");
  if (primary->width == 0 || primary->height == 0) fail_item(*primary, "has no size");
  if (coded->configuration.empty()) fail_item(*coded, "has no configuration of its decoder");
  Facts facts{.width = primary->width, .height = primary->height, .bits = bits_of(*coded)};
  if (const auto& aperture = primary->aperture) {
    facts.width = seen(facts.width, aperture->width, aperture->width_divisor);
    facts.height = seen(facts.height, aperture->height, aperture->height_divisor);
  }
  facts.has_alpha = std::ranges::any_of(contents.references, [&](const HeifReference& reference) {
    return reference.type == "auxl" && is_alpha(*items.at(reference.from)) &&
           std::ranges::find(reference.to, primary->id) != reference.to.end();
  });
  return facts;
}

}  // namespace

Facts examine_heif(std::span<const std::byte> file) {
  check_boxes(file, 0);
  std::uint64_t at = 0;
  const auto first = next_box(file, at);
  if (!first || first->type != "ftyp") throw Unsound("it does not begin as a HEIF");
  const HeifContents contents = read_heif_contents(file);
  if (contents.items.empty() && contents.tracks.empty()) throw Unsound("it has no picture");
  check_items(file, contents);
  const ItemsById items = items_by_id(contents);
  check_references(contents, items);
  for (const HeifItem& item : contents.items) {
    if (item.type == "hvc1") check_hevc(item);
  }
  for (const HeifTrack& track : contents.tracks) {
    if (!track.within_file) throw Unsound("a track has samples beyond the file");
  }
  return facts_of(contents, items);
}

}  // namespace wm::soundness
