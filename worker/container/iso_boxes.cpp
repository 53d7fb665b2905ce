#include "worker/container/iso_boxes.h"

#include <algorithm>

namespace wm::container {

std::optional<IsoBox> next_box(ByteSpan boxes, std::uint64_t& at) {
  if (!inside(boxes, at, 8)) return std::nullopt;
  std::uint64_t size = u32(boxes, at);
  std::uint64_t head = 8;
  if (size == 1) {
    size = u64(boxes, at + 8);
    head = 16;
  } else if (size == 0) {
    size = boxes.size() - at;
  }
  if (size < head) return std::nullopt;
  const IsoBox box{.type = text_of(part(boxes, at + 4, 4)),
                   .whole = part(boxes, at, size),
                   .content = part(boxes, at + head, size - head),
                   .complete = inside(boxes, at, size)};
  at = box.complete ? at + size : boxes.size();
  return box;
}

ByteSpan find_box(ByteSpan boxes, std::string_view type) {
  std::uint64_t at = 0;
  while (const auto box = next_box(boxes, at)) {
    if (box->type == type) return box->content;
  }
  return {};
}

std::vector<ItemExtent> item_extents(ByteSpan content) {
  constexpr std::size_t most = 100'000;
  std::vector<ItemExtent> extents;
  const int version = version_of(content);
  NumberStream numbers(content);
  numbers.next(4);
  const auto sizes = numbers.next(2);
  const std::size_t offset_bytes = sizes >> 12 & 15, length_bytes = sizes >> 8 & 15,
                    base_bytes = sizes >> 4 & 15, index_bytes = version == 0 ? 0 : sizes & 15;
  if (std::max({offset_bytes, length_bytes, base_bytes, index_bytes}) > 8) return extents;
  const std::size_t id_bytes = version < 2 ? 2 : 4;
  const std::uint64_t count = numbers.next(id_bytes);
  for (std::uint64_t i = 0; i < count && !numbers.ended(); ++i) {
    ItemExtent extent{.item = static_cast<std::uint32_t>(numbers.next(id_bytes))};
    const std::uint64_t method = version == 0 ? 0 : numbers.next(2) & 15;
    extent.in_file = method == 0;
    extent.in_data_box = method == 1;
    numbers.next(2);  // data reference index
    extent.base_at = numbers.position();
    extent.base_bytes = base_bytes;
    extent.base = numbers.next(base_bytes);
    const std::uint64_t parts = numbers.next(2);
    for (std::uint64_t k = 0; k < parts && !numbers.ended(); ++k) {
      if (extents.size() == most) return extents;
      numbers.next(index_bytes);
      extent.first = k == 0;
      extent.offset_at = numbers.position();
      extent.offset_bytes = offset_bytes;
      extent.offset = numbers.next(offset_bytes);
      extent.length = numbers.next(length_bytes);
      extents.push_back(extent);
    }
  }
  return extents;
}

}  // namespace wm::container
