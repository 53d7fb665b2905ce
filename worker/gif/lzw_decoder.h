#pragma once

// The compressed indices of a GIF frame (GIF89a, appendix F): LZW with codes of 3 to 12 bits, lowest bit
// first. Total: nothing is read or written outside, whatever the bytes are. Pure.

#include <cstddef>
#include <cstdint>
#include <span>

namespace wm::gif {

inline constexpr int max_root_bits = 8;

enum class LzwEnd : std::uint8_t {
  end_code,   // as an encoder ends
  full,       // there are codes for more indices than there are pixels
  no_more,    // the data end before the end code
  wrong_code  // a code that stands for nothing
};

struct LzwResult {
  std::size_t indices = 0;  // how many were written
  LzwEnd end = LzwEnd::no_more;
};

/// `data` are the frame's sub-blocks joined; `root_bits`, 1 to 8, is what the frame calls its minimum code
/// size.
[[nodiscard]] LzwResult decode_lzw(std::span<const std::byte> data, int root_bits,
                                   std::span<std::uint8_t> indices);

}  // namespace wm::gif
