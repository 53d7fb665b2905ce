#include "worker/format/iso_boxes.h"

namespace wm::structure {

std::optional<IsoBox> next_box(Bytes boxes, std::uint64_t& at) {
  if (!inside(boxes, at, 8)) return std::nullopt;
  std::uint64_t size = number_at(boxes, at, 4, Order::big);
  std::uint64_t head = 8;
  if (size == 1) {
    size = number_at(boxes, at + 8, 8, Order::big);
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

Bytes find_box(Bytes boxes, std::string_view type) {
  std::uint64_t at = 0;
  while (const auto box = next_box(boxes, at)) {
    if (box->type == type) return box->content;
  }
  return {};
}

}  // namespace wm::structure
