#pragma once

// The Huffman table that codes given symbols in the fewest bits with codes of at most 16 bits: package-merge
// (Larmore and Hirschberg, 1990). The code of all ones stays unused, as ITU T.81 C.2 requires. Pure, throws
// std::bad_alloc.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace wm::jpeg {

/// How often each symbol is used.
using SymbolCounts = std::array<std::uint32_t, 256>;

/// The content of a table in a DHT segment.
struct OptimalTable {
  std::array<std::uint8_t, 17> counts{};  // of codes of 1..16 bits; [0] is not used
  std::vector<std::byte> values;          // in the order of their codes
};

/// Unused symbols get no code.
[[nodiscard]] OptimalTable optimal_table(const SymbolCounts& counts);

}  // namespace wm::jpeg
