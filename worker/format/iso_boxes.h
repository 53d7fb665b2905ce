#pragma once

// Boxes of ISO/IEC 14496-12, of which HEIF and AVIF files are made, one after another. Total: bytes are
// hostile, a size that leads outside is cut off. Borrows the bytes. Pure.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "worker/format/structure_count.h"

namespace wm::structure {

struct IsoBox {
  std::string_view type;
  Bytes whole;           // with its header; what of it exists
  Bytes content;         // what of it exists
  bool complete = true;  // all that its size promises exists
};

/// The box at `at`, which becomes the position after it. None at the end, and where the size is impossible.
[[nodiscard]] std::optional<IsoBox> next_box(Bytes boxes, std::uint64_t& at);

/// The content of the first box of that type; empty when there is none.
[[nodiscard]] Bytes find_box(Bytes boxes, std::string_view type);

/// What follows version and flags of a full box.
[[nodiscard]] inline Bytes full_content(Bytes content) {
  return part(content, 4);
}

/// Numbers one after another; 0 behind the end.
class NumberStream {
 public:
  explicit NumberStream(Bytes bytes) : bytes_(bytes) {}
  std::uint64_t next(std::size_t size) {
    const std::uint64_t value = number_at(bytes_, at_, size, Order::big);
    at_ += size;
    return value;
  }
  [[nodiscard]] bool ended() const { return at_ >= bytes_.size(); }
  [[nodiscard]] std::uint64_t position() const { return at_; }

 private:
  Bytes bytes_;
  std::uint64_t at_ = 0;
};

}  // namespace wm::structure
