#pragma once

// Steps over several AC symbols at once (ITU T.81 F.1.2.2), for tables that are indexed by the next bits of
// the scan. Pure.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "worker/jpeg/huffman_code.h"

namespace wm::jpeg {

struct SymbolStep {
  unsigned bits = 0;          // codes and magnitudes; 0: no step
  unsigned coefficients = 0;  // coefficients passed, without the effect of EOB
  bool ends = false;          // whether EOB ends the block
};

/// `step` followed by one more symbol; no step when the symbol is invalid in sequential scans.
[[nodiscard]] inline SymbolStep followed_by(const SymbolStep& step, const Code& code) {
  const unsigned run = code.symbol >> 4;
  const unsigned size = code.symbol & 15;
  if (size == 0 && run != 0 && run != 15) return {};
  return {.bits = step.bits + code.length + size,
          .coefficients = step.coefficients + (code.symbol == 0 ? 0 : run + 1),
          .ends = code.symbol == 0};
}

/// Fills the 2^width entries for the bits that may follow `done` with the longest steps that `width` bits
/// determine: the last code lies within them, its magnitude may lie after them. `codes` are ordered by
/// length. A step passes at most `most` coefficients. `entry_of` converts a step to an entry.
template <class Entry, class EntryOf>
void fill_steps(Entry* entries, unsigned width, const SymbolStep& done, const std::vector<Code>& codes,
                unsigned most, const EntryOf& entry_of) {
  std::fill_n(entries, std::size_t{1} << width, entry_of(done));
  if (done.ends) return;
  for (const Code& code : codes) {
    if (code.length > width) break;
    const SymbolStep next = followed_by(done, code);
    if (next.bits == 0 || next.coefficients > most) continue;
    Entry* const begin = entries + (std::size_t{code.bits} << (width - code.length));
    const std::size_t count = std::size_t{1} << (width - code.length);
    const unsigned used = next.bits - done.bits;
    if (used >= width) {
      std::fill_n(begin, count, entry_of(next));
      continue;
    }
    fill_steps(begin, width - used, next, codes, most, entry_of);
    // The same steps follow every magnitude.
    for (std::size_t filled = std::size_t{1} << (width - used); filled < count; filled *= 2) {
      std::copy_n(begin, filled, begin + filled);
    }
  }
}

}  // namespace wm::jpeg
