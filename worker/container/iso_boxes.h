#pragma once

// Boxes of ISO/IEC 14496-12, of which HEIF and AVIF files are made, one after another. Total: bytes are
// hostile, a size that leads outside is cut off. Borrows the bytes. Pure.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "worker/container/bytes.h"

namespace wm::container {

struct IsoBox {
  std::string_view type;
  ByteSpan whole;        // with its header; what of it exists
  ByteSpan content;      // what of it exists
  bool complete = true;  // all that its size promises exists
};

/// The box at `at`, which becomes the position after it. None at the end, and where the size is impossible.
[[nodiscard]] std::optional<IsoBox> next_box(ByteSpan boxes, std::uint64_t& at);

/// The content of the first box of that type; empty when there is none.
[[nodiscard]] ByteSpan find_box(ByteSpan boxes, std::string_view type);

/// Of a full box.
[[nodiscard]] inline std::uint8_t version_of(ByteSpan content) {
  return u8(content, 0);
}
/// What follows version and flags of a full box.
[[nodiscard]] inline ByteSpan full_content(ByteSpan content) {
  return part(content, 4);
}

/// Numbers one after another; 0 after the end.
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

/// Where a part of an item lies, as an 'iloc' box says (ISO/IEC 14496-12 section 8.11.3).
struct ItemExtent {
  std::uint32_t item = 0;
  bool in_file = true;  // else in the data box, if that is said
  bool in_data_box = false;
  bool first = true;  // of its item
  std::uint64_t base = 0, offset = 0, length = 0;
  std::size_t base_at = 0, base_bytes = 0;  // of the numbers themselves in the box
  std::size_t offset_at = 0, offset_bytes = 0;
};

/// All that an 'iloc' box with this content lists, but no more than 100,000.
[[nodiscard]] std::vector<ItemExtent> item_extents(ByteSpan content);

}  // namespace wm::container
