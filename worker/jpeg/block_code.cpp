#include "worker/jpeg/block_code.h"

#include <bit>
#include <cstdlib>

#include "worker/jpeg/damaged_jpeg.h"
#include "worker/jpeg/zigzag.h"

namespace wm::jpeg {
namespace {

/// Calls use(position of the coefficient in zigzag order, its magnitude's bits, their number) for each that
/// is not zero.
template <class Use>
void for_each_ac(const std::uint8_t* bits, std::size_t& position, unsigned last, const SymbolTable& table,
                 const Use& use) {
  std::size_t at = position;
  while (last < 63) {
    const std::uint64_t window = bits_at(bits, at);
    const SymbolTable::Symbol found = table.decode(window);
    const unsigned run = found.symbol >> 4;
    const unsigned size = found.symbol & 15;
    at += found.length + size;
    if (size == 0) {
      if (run == 0) break;
      if (run != 15) throw DamagedJpeg("the scan has a symbol that sequential scans do not have");
      last += 16;
      continue;
    }
    last += run + 1;
    if (last > 63) break;
    use(last, window << found.length, size);
  }
  if (last > 63) throw DamagedJpeg("a block has more than 64 coefficients");
  position = at;
}

CodeTable& with_code(CodeTable& table, std::uint8_t symbol) {
  if (!table.has(symbol) && !table.add(symbol)) throw MissingCode("the Huffman table lacks a code");
  return table;
}

/// Symbol and magnitude bits in one go: at most 16 + 15 bits.
void put_symbol(BitWriter& writer, CodeTable& table, std::uint8_t symbol, int value, unsigned size) {
  const Code code = with_code(table, symbol).code(symbol);
  const auto bits = static_cast<std::uint32_t>(value < 0 ? value - 1 : value) & ((1U << size) - 1);
  writer.put(std::uint32_t{code.bits} << size | bits, code.length + size);
}

unsigned size_of(int value) {
  return static_cast<unsigned>(std::bit_width(static_cast<unsigned>(std::abs(value))));
}

}  // namespace

DcTable::DcTable(const std::vector<Code>& table) : symbols(table), codes(table) {
  for (const Code& code : table) {
    if (code.symbol > 15) throw DamagedJpeg("a DC table has a symbol that is no size");
  }
}

void step_over_ac_slowly(const std::uint8_t* bits, std::size_t& position, unsigned last,
                         const SymbolTable& table) {
  for_each_ac(bits, position, last, table, [](unsigned, std::uint64_t, unsigned) {});
}

void read_ac(const std::uint8_t* bits, std::size_t& position, const SymbolTable& table, Block& block) {
  for_each_ac(bits, position, 0, table, [&block](unsigned at, std::uint64_t window, unsigned size) {
    block[zigzag[at]] = static_cast<std::int16_t>(magnitude(window, size));
  });
}

void write_dc(BitWriter& writer, int difference, CodeTable& table) {
  const unsigned size = size_of(difference);
  if (size > 15) throw MissingCode("a DC difference is too large to be written");
  put_symbol(writer, table, static_cast<std::uint8_t>(size), difference, size);
}

void write_ac(BitWriter& writer, const Block& block, CodeTable& table) {
  unsigned run = 0;
  for (unsigned k = 1; k < 64; ++k) {
    const int value = block[zigzag[k]];
    if (value == 0) {
      ++run;
      continue;
    }
    for (; run > 15; run -= 16) put_symbol(writer, table, 0xf0, 0, 0);
    const unsigned size = size_of(value);
    put_symbol(writer, table, static_cast<std::uint8_t>(run << 4 | size), value, size);
    run = 0;
  }
  if (run != 0) put_symbol(writer, table, 0, 0, 0);
}

}  // namespace wm::jpeg
