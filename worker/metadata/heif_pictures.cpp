#include <optional>
#include <string_view>

#include "worker/metadata/metadata_blocks.h"

namespace wm::metadata {
namespace {

constexpr int max_boxes = 4096;

struct Box {
  std::string_view type;
  ByteSpan data;
  std::size_t end = 0;
};

/// The box at `at` of `parent`; sizes of 64 bits, and 0 for "to the end".
std::optional<Box> read_box(ByteSpan parent, std::size_t at) {
  if (!inside(parent, at, 8)) return std::nullopt;
  std::uint64_t size = u32(parent, at);
  std::size_t head = 8;
  if (size == 1) {
    size = std::uint64_t{u32(parent, at + 8)} << 32 | u32(parent, at + 12);
    head = 16;
  } else if (size == 0) {
    size = parent.size() - at;
  }
  if (size < head || size > parent.size() - at) return std::nullopt;
  const auto end = at + static_cast<std::size_t>(size);
  return Box{
      .type = text_of(part(parent, at + 4, 4)), .data = part(parent, at + head, end - at - head), .end = end};
}

ByteSpan find_box(ByteSpan parent, std::string_view type) {
  std::size_t at = 0;
  for (int i = 0; i < max_boxes; ++i) {
    const auto box = read_box(parent, at);
    if (!box) break;
    if (box->type == type) return box->data;
    at = box->end;
  }
  return {};
}

}  // namespace

void report_heif_pictures(ByteSpan file, Losses& losses) {
  // meta begins with version and flags.
  const ByteSpan properties = find_box(find_box(part(find_box(file, "meta"), 4), "iprp"), "ipco");
  std::size_t count = 0;
  std::size_t at = 0;
  for (int i = 0; i < max_boxes; ++i) {
    const auto box = read_box(properties, at);
    if (!box) break;
    at = box->end;
    if (box->type != "auxC") continue;
    const auto kind = text_of(part(box->data, 4));
    // Alpha is part of the pixels: urn:mpeg:hevc:2015:auxid:1, urn:mpeg:mpegB:cicp:systems:auxiliary:alpha.
    const auto name = kind.substr(0, kind.find('\0'));
    if (!name.ends_with("auxid:1") && !name.ends_with(":alpha")) ++count;
  }
  losses.add(count, "HEIF auxiliary picture");
}

}  // namespace wm::metadata
