#include "worker/jpeg/block_code.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "worker/jpeg/damaged_jpeg.h"
#include "worker/jpeg/zigzag.h"

namespace wm::jpeg {
namespace {

/// Calls use(position of the coefficient in zigzag order, its magnitude's bits, their number) for each
/// nonzero coefficient.
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

/// Writes symbol and magnitude bits at once: at most 16 + 15 bits.
void put_symbol(BitWriter& writer, CodeTable& table, std::uint8_t symbol, int value, unsigned size) {
  const Code code = table.code_for(symbol);
  const auto bits = static_cast<std::uint32_t>(value < 0 ? value - 1 : value) & ((1U << size) - 1);
  writer.put(std::uint32_t{code.bits} << size | bits, code.length + size);
}

unsigned size_of(int value) {
  return static_cast<unsigned>(std::bit_width(static_cast<unsigned>(std::abs(value))));
}

#ifdef __SSE2__
/// The nonzero coefficients as a bit mask, sixteen at a time.
std::uint64_t natural_places(const Block& block) {
  std::uint64_t places = 0;
  for (std::size_t i = 0; i < 64; i += 16) {
    __m128i low, high;
    std::memcpy(&low, &block[i], sizeof low);
    std::memcpy(&high, &block[i + 8], sizeof high);
    // Packing saturates, so nonzero values stay nonzero.
    const __m128i zero = _mm_cmpeq_epi8(_mm_packs_epi16(low, high), _mm_setzero_si128());
    places |= std::uint64_t{static_cast<std::uint16_t>(~_mm_movemask_epi8(zero))} << i;
  }
  return places;
}
#else
/// The nonzero coefficients as a bit mask, four at a time.
std::uint64_t natural_places(const Block& block) {
  constexpr std::uint64_t each = 0x0001000100010001;
  std::uint64_t places = 0;
  for (std::size_t i = 0; i < 64; i += 4) {
    const std::array four{static_cast<std::uint16_t>(block[i]), static_cast<std::uint16_t>(block[i + 1]),
                          static_cast<std::uint16_t>(block[i + 2]), static_cast<std::uint16_t>(block[i + 3])};
    const std::uint64_t word = std::uint64_t{four[0]} | std::uint64_t{four[1]} << 16 |
                               std::uint64_t{four[2]} << 32 | std::uint64_t{four[3]} << 48;
    // The topmost bit of each 16 becomes whether one of them is set; then the four are packed into 4 bits.
    const std::uint64_t set = ((((word & each * 0x7fff) + each * 0x7fff) | word) >> 15) & each;
    places |= (set * 0x0001000200040008 >> 48 & 15) << i;
  }
  return places;
}
#endif

/// The same in scan order.
std::uint64_t coded_places(const Block& block) {
  std::uint64_t places = 0;
  for (std::uint64_t left = natural_places(block); left != 0; left &= left - 1) {
    places |= std::uint64_t{1} << zigzag_place[static_cast<std::size_t>(std::countr_zero(left))];
  }
  return places;
}

}  // namespace

DcTable::DcTable(const std::vector<Code>& table) : symbols(table), codes(table) {
  for (const Code& code : table) {
    if (code.symbol > 15) throw DamagedJpeg("a DC table has a symbol that is no size");
  }
}

AcTable::AcTable(const std::vector<Code>& table, const std::vector<std::uint8_t>& more)
    : symbols(table), codes(table, more), steps([&] {
        std::vector<Code> kept = table;
        std::erase_if(kept, [this](const Code& code) {
          const auto& changed = codes.changed();
          return std::find(changed.begin(), changed.end(), code.symbol) != changed.end();
        });
        return StepTable(kept);
      }()) {}

AcSymbol read_ac_symbol(const std::uint8_t* bits, std::size_t& position, unsigned& last,
                        const SymbolTable& table) {
  const SymbolTable::Symbol found = table.decode(bits_at(bits, position));
  const AcSymbol result{.symbol = found.symbol, .length = found.length, .position = position};
  const unsigned run = found.symbol >> 4;
  const unsigned size = found.symbol & 15;
  position += found.length + size;
  if (size == 0 && run != 0 && run != 15) {
    throw DamagedJpeg("the scan has a symbol that sequential scans do not have");
  }
  if (found.symbol == 0) {
    last = 64;
    return result;
  }
  last += run + 1;
  if (last > 63) throw DamagedJpeg("a block has more than 64 coefficients");
  return result;
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
  unsigned last = 0;
  for (std::uint64_t left = coded_places(block) & ~std::uint64_t{1}; left != 0; left &= left - 1) {
    const auto k = static_cast<unsigned>(std::countr_zero(left));
    unsigned run = k - last - 1;
    last = k;
    for (; run > 15; run -= 16) put_symbol(writer, table, 0xf0, 0, 0);
    const int value = block[zigzag[k]];
    const unsigned size = size_of(value);
    put_symbol(writer, table, static_cast<std::uint8_t>(run << 4 | size), value, size);
  }
  if (last != 63) put_symbol(writer, table, 0, 0, 0);
}

}  // namespace wm::jpeg
