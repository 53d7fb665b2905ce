#pragma once

// One block of 8x8 coefficients in the entropy-coded data of a sequential scan: reading, stepping over,
// writing (ITU T.81 F.1.2, F.2.2). Positions are bits in a ScanWindow. Throws DamagedJpeg.

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>

#include "worker/jpeg/bit_writer.h"
#include "worker/jpeg/bits.h"
#include "worker/jpeg/huffman_code.h"

namespace wm::jpeg {

/// Quantised coefficients in natural order.
using Block = std::array<std::int16_t, 64>;

struct DcTable {
  explicit DcTable(const std::vector<Code>& table);  // throws DamagedJpeg for a symbol that is no size
  SymbolTable symbols;
  CodeTable codes;
};

struct AcTable {
  explicit AcTable(const std::vector<Code>& table) : symbols(table), steps(table), codes(table) {}
  SymbolTable symbols;
  StepTable steps;
  CodeTable codes;
};

/// The table has no code for a symbol that is needed, and none left over.
class MissingCode : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The difference to the predictor; moves `position` behind it.
[[nodiscard]] inline int read_dc(const std::uint8_t* bits, std::size_t& position, const SymbolTable& table) {
  const std::uint64_t window = bits_at(bits, position);
  const SymbolTable::Symbol found = table.decode(window);
  position += std::size_t{found.length} + found.symbol;
  return magnitude(window << found.length, found.symbol);
}

/// Moves `position` behind the AC coefficients symbol by symbol, from behind coefficient `last` on.
void step_over_ac_slowly(const std::uint8_t* bits, std::size_t& position, unsigned last,
                         const SymbolTable& table);

/// Moves `position` behind the AC coefficients.
inline void step_over_ac(const std::uint8_t* bits, std::size_t& position, const AcTable& table) {
  static_assert(StepTable::longest + StepTable::index_bits <= 57, "one load has the bits for two steps");
  std::size_t at = position;
  unsigned last = 0;
  while (true) {
    const std::uint64_t window = bits_at(bits, at);
    const StepTable::Step first = table.steps.step(window);
    const unsigned middle = last + first.advance;
    if (first.bits == 0 || middle >= 63) {
      // Behind the last coefficient there is no EOB: a step that reaches it may have gone into the next
      // block.
      if (first.bits == 0 || middle - StepTable::end_of_block >= 63) break;
      position = at + first.bits;
      return;
    }
    at += first.bits;
    last = middle;
    const StepTable::Step second = table.steps.step(window << first.bits);
    const unsigned next = last + second.advance;
    if (second.bits == 0 || next >= 63) {
      if (second.bits == 0 || next - StepTable::end_of_block >= 63) break;
      position = at + second.bits;
      return;
    }
    at += second.bits;
    last = next;
  }
  position = at;
  step_over_ac_slowly(bits, position, last, table.symbols);
}

/// Reads the AC coefficients into `block`, whose others are zero.
void read_ac(const std::uint8_t* bits, std::size_t& position, const SymbolTable& table, Block& block);

/// These throw MissingCode.
void write_dc(BitWriter& writer, int difference, CodeTable& table);
void write_ac(BitWriter& writer, const Block& block, CodeTable& table);

}  // namespace wm::jpeg
