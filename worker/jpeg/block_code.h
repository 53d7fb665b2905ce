#pragma once

// One block of 8x8 coefficients in the entropy-coded data of a sequential scan: reading, skipping, writing
// (ITU T.81 F.1.2, F.2.2). Positions are bits in a ScanWindow. Throws DamagedJpeg.

#include <array>
#include <cstddef>
#include <cstdint>

#include "worker/jpeg/bit_writer.h"
#include "worker/jpeg/bits.h"
#include "worker/jpeg/huffman_code.h"

namespace wm::jpeg {

/// Quantised coefficients in natural order.
using Block = std::array<std::int16_t, 64>;

struct DcTable {
  /// Throws DamagedJpeg for a symbol that is not a valid size.
  explicit DcTable(const std::vector<Code>& table);
  SymbolTable symbols;
  CodeTable codes;
};

struct AcTable {
  /// Throws MissingCode when the symbols of `more` cannot get codes as well.
  explicit AcTable(const std::vector<Code>& table, const std::vector<std::uint8_t>& more = {});
  SymbolTable symbols;
  CodeTable codes;
  StepTable steps;  // over symbols whose code is unchanged
};

/// The difference to the predictor; moves `position` past it.
[[nodiscard]] inline int read_dc(const std::uint8_t* bits, std::size_t& position, const SymbolTable& table) {
  const std::uint64_t window = bits_at(bits, position);
  const SymbolTable::Symbol found = table.decode(window);
  position += std::size_t{found.length} + found.symbol;
  return magnitude(window << found.length, found.symbol);
}

/// Moves `position` past the AC coefficients symbol by symbol, starting after coefficient `last`.
void step_over_ac_slowly(const std::uint8_t* bits, std::size_t& position, unsigned last,
                         const SymbolTable& table);

/// Moves `position` past the AC coefficients, whose first bits are topmost in `window`, with enough bits for
/// a step. Returns 64; or, at a symbol without a step, stops there and returns the number of the coefficient
/// before it.
[[nodiscard]] inline unsigned step_over_known_ac(const std::uint8_t* bits, std::size_t& position,
                                                 std::uint64_t window, const StepTable& steps) {
  static_assert(StepTable::longest + StepTable::index_bits <= 57, "one load has the bits for two steps");
  constexpr unsigned end = StepTable::end_of_block;
  std::size_t at = position;
  unsigned last = 0;
  while (true) {
    const StepTable::Step first = steps.step(window);
    const unsigned middle = last + first.advance;
    if (first.bits == 0 || middle >= 63) {
      // After the last coefficient there is no EOB: a step that reaches it may have continued into the next
      // block.
      const bool is_over = first.bits != 0 && middle >= end && middle - end < 63;
      position = at + (is_over ? first.bits : 0U);
      return is_over ? 64 : last;
    }
    at += first.bits;
    window = bits_at(bits, at);
    const StepTable::Step second = steps.step(window);
    last = middle + second.advance;
    if (second.bits == 0 || last >= 63) {
      const bool is_over = second.bits != 0 && last >= end && last - end < 63;
      position = at + (is_over ? second.bits : 0U);
      return is_over ? 64 : middle;
    }
    at += second.bits;
    window <<= second.bits;
  }
}

inline void step_over_ac(const std::uint8_t* bits, std::size_t& position, std::uint64_t window,
                         const AcTable& table) {
  const unsigned last = step_over_known_ac(bits, position, window, table.steps);
  if (last < 64) step_over_ac_slowly(bits, position, last, table.symbols);
}

inline void step_over_ac(const std::uint8_t* bits, std::size_t& position, const AcTable& table) {
  step_over_ac(bits, position, bits_at(bits, position), table);
}

/// Moves `position` past a block and returns its DC difference.
[[nodiscard]] inline int step_over_block(const std::uint8_t* bits, std::size_t& position, const DcTable& dc,
                                         const AcTable& ac) {
  static_assert(16 + 15 + StepTable::index_bits <= 57, "one load has the bits for DC and a step");
  const std::uint64_t window = bits_at(bits, position);
  const SymbolTable::Symbol found = dc.symbols.decode(window);
  const unsigned length = unsigned{found.length} + found.symbol;
  position += length;
  step_over_ac(bits, position, window << length, ac);
  return magnitude(window << found.length, found.symbol);
}

/// Reads the AC coefficients into `block`, whose other coefficients are zero.
void read_ac(const std::uint8_t* bits, std::size_t& position, const SymbolTable& table, Block& block);

/// One of the AC symbols of a block.
struct AcSymbol {
  std::uint8_t symbol = 0;
  std::uint8_t length = 0;   // of its code
  std::size_t position = 0;  // of its code
};

/// The AC symbol at `position`; moves that past its magnitude, and `last` to the coefficient of the symbol:
/// 64 after EOB.
[[nodiscard]] AcSymbol read_ac_symbol(const std::uint8_t* bits, std::size_t& position, unsigned& last,
                                      const SymbolTable& table);

/// A symbol without a code is recorded in the table. write_dc throws MissingCode for a difference that no
/// symbol can represent.
void write_dc(BitWriter& writer, int difference, CodeTable& table);
void write_ac(BitWriter& writer, const Block& block, CodeTable& table);

}  // namespace wm::jpeg
