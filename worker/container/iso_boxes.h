#pragma once

// A sequence of boxes of ISO/IEC 14496-12, the elements of HEIF and AVIF files. Total: the bytes are hostile,
// a size that leads outside is cut off. Borrows the bytes. Pure.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "worker/container/bytes.h"

namespace wm::container {

struct IsoBox {
  std::string_view type;
  ByteSpan whole;        // with its header; as far as it exists
  ByteSpan content;      // as far as it exists
  bool complete = true;  // the whole announced size exists
};

/// The box at `at`, which becomes the position after it. Nullopt at the end, and where the size is
/// impossible.
[[nodiscard]] std::optional<IsoBox> next_box(ByteSpan boxes, std::uint64_t& at);

/// The content of the first box of that type; empty if there is none.
[[nodiscard]] ByteSpan find_box(ByteSpan boxes, std::string_view type);

/// The version of a full box.
[[nodiscard]] inline std::uint8_t version_of(ByteSpan content) {
  return u8(content, 0);
}
/// The content after version and flags of a full box.
[[nodiscard]] inline ByteSpan full_content(ByteSpan content) {
  return part(content, 4);
}

/// Reads consecutive numbers; 0 after the end.
class NumberStream {
 public:
  explicit NumberStream(ByteSpan bytes) : bytes_(bytes) {}
  std::uint64_t next(std::size_t size) {
    const std::uint64_t value = number_at(bytes_, at_, size, Endian::big);
    at_ += size;
    return value;
  }
  [[nodiscard]] bool ended() const { return at_ >= bytes_.size(); }
  [[nodiscard]] std::size_t position() const { return at_; }

 private:
  ByteSpan bytes_;
  std::size_t at_ = 0;
};

/// The position of a part of an item, as recorded in an 'iloc' box (ISO/IEC 14496-12 section 8.11.3).
struct ItemExtent {
  std::uint32_t item = 0;
  bool in_file = true;  // else in the data box, if `in_data_box`
  bool in_data_box = false;
  bool first = true;  // of its item
  std::uint64_t base = 0, offset = 0, length = 0;
  std::size_t base_at = 0, base_bytes = 0;  // of the numbers themselves in the box
  std::size_t offset_at = 0, offset_bytes = 0;
};

/// All extents listed in an 'iloc' box with this content, at most 100,000.
[[nodiscard]] std::vector<ItemExtent> item_extents(ByteSpan content);

}  // namespace wm::container
