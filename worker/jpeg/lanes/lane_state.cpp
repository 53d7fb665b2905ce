#include "worker/jpeg/lanes/lane_state.h"

#include "worker/jpeg/bits.h"

namespace wm::jpeg {
namespace {

void add_difference(const LaneTables& tables, LaneState& state, int difference) {
  const std::uint32_t component = tables.component()[state.slot];
  state.sums[0] += difference;
  if (component != 0) state.sums[component] += difference;
}

void end_block(const LaneTables& tables, LaneState& state) {
  state.last = 0;
  if (++state.slot == tables.blocks()) {
    state.slot = 0;
    ++state.mcus;
  }
  state.table = tables.start()[state.slot];
}

}  // namespace

bool step_symbol(const LaneTables& tables, const std::uint8_t* bits, LaneState& state) {
  const std::uint64_t window = bits_at(bits, state.position);
  const McuBlock& block = tables.block(state.slot);
  if (state.table == tables.start()[state.slot]) {
    const SymbolTable::Symbol found = block.dc->symbols.find(window);
    if (found.length == 0) return false;
    state.position += std::uint32_t{found.length} + found.symbol;
    add_difference(tables, state, magnitude(window << found.length, found.symbol));
    state.table = tables.middle()[state.slot];
    return true;
  }
  const SymbolTable::Symbol found = block.ac->symbols.find(window);
  const unsigned run = found.symbol >> 4;
  const unsigned size = found.symbol & 15;
  if (found.length == 0 || (size == 0 && run != 0 && run != 15)) return false;
  if (found.symbol != 0) {
    if (state.last + run + 1 > 63) return false;
    state.last += run + 1;
  }
  state.position += found.length + size;
  if (found.symbol == 0 || state.last == 63) end_block(tables, state);
  return true;
}

bool step(const LaneTables& tables, const std::uint8_t* bits, LaneState& state) {
  constexpr unsigned index_bits = LaneTables::index_bits;
  constexpr unsigned rest_bits = LaneTables::rest_bits;
  const auto word = static_cast<std::uint32_t>(bits_at(bits, state.position) >> 32);
  std::uint32_t entry = tables.entries()[state.table + (word >> (32 - index_bits))];
  std::uint32_t used = entry & 0x7f;
  int difference = static_cast<std::int32_t>(entry) >> 16;
  if ((entry & LaneTables::special) != 0) {
    if (state.table == tables.start()[state.slot]) {
      const std::uint32_t length = entry >> 16 & 15;
      const std::uint32_t size = entry >> 24;
      used = length + size;
      difference = magnitude(std::uint64_t{word} << 32 << length, size);
    } else {
      const std::uint32_t rest = word << index_bits >> (32 - rest_bits);
      entry = tables.entries()[(entry >> 16 << rest_bits) + rest];
      used = index_bits + (entry & 0x7f);
      difference = 0;
    }
  }
  const std::uint32_t last = state.last + (entry >> 8 & 0xff);
  if ((last & 64) != 0) return step_symbol(tables, bits, state);
  state.position += used;
  add_difference(tables, state, difference);
  state.last = last;
  state.table = tables.middle()[state.slot];
  if (last > 62) end_block(tables, state);
  return true;
}

}  // namespace wm::jpeg
