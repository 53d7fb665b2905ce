#pragma once

// Decodes the indices of a GIF frame (GIF89a, appendix F): LZW with codes of 3 to 12 bits, lowest bit first.
// Total: never reads or writes outside, whatever the bytes are. Pure.

#include <cstddef>
#include <cstdint>
#include <span>

namespace wm::gif {

inline constexpr int max_root_bits = 8;

enum class LzwEnd : std::uint8_t {
  end_code,   // the regular end
  full,       // there are more indices than pixels
  no_more,    // the data end before the end code
  wrong_code  // an undefined code
};

struct LzwResult {
  std::size_t indices = 0;  // number of written indices
  LzwEnd end = LzwEnd::no_more;
};

/// `data` are the frame's sub-blocks joined; `root_bits`, 1 to 8, is the frame's minimum code size.
[[nodiscard]] LzwResult decode_lzw(std::span<const std::byte> data, int root_bits,
                                   std::span<std::uint8_t> indices);

}  // namespace wm::gif
