#include "worker/jpeg/lanes/lane_tables.h"

#include <algorithm>

#include "worker/jpeg/symbol_steps.h"

namespace wm::jpeg {
namespace {

constexpr unsigned end_of_block = 129;
constexpr unsigned longest_advance = 64;

std::uint32_t entry_of(const SymbolStep& step) {
  if (step.bits == 0) return LaneTables::no_step;
  return step.bits | (step.coefficients + (step.ends ? end_of_block : 0)) << 8;
}

}  // namespace

bool LaneTables::suit(const std::vector<McuBlock>& mcu) {
  return mcu.size() <= max_blocks &&
         std::all_of(mcu.begin(), mcu.end(), [](const McuBlock& block) { return block.component < 3; });
}

LaneTables::LaneTables(const Header& header, const std::vector<McuBlock>& mcu)
    : blocks_(static_cast<std::uint32_t>(mcu.size())), mcu_(mcu) {
  struct Table {
    int dc = 0, ac = 0;
    std::uint32_t start = 0, middle = 0;
  };
  std::vector<Table> known;
  entries_.reserve(std::size_t{5} << index_bits);
  for (const ScanComponent& part : header.scan.components) {
    const auto same_ac =
        std::find_if(known.begin(), known.end(), [&](const Table& old) { return old.ac == part.ac_table; });
    const auto same = std::find_if(same_ac, known.end(), [&](const Table& old) {
      return old.ac == part.ac_table && old.dc == part.dc_table;
    });
    Table table{.dc = part.dc_table, .ac = part.ac_table};
    if (same != known.end()) {
      table = *same;
    } else {
      const auto ac = codes_of(header.ac[static_cast<std::size_t>(part.ac_table)].value());
      const auto dc = codes_of(header.dc[static_cast<std::size_t>(part.dc_table)].value());
      if (same_ac != known.end()) {
        table.middle = same_ac->middle;
      } else {
        table.middle = add_table();
        fill_middle(table.middle, ac);
      }
      table.start = add_table();
      fill_start(table.start, dc, ac);
      known.push_back(table);
    }
    for (std::size_t slot = 0; slot < mcu.size(); ++slot) {
      if (mcu[slot].component != part.component) continue;
      start_[slot] = table.start;
      middle_[slot] = table.middle;
      component_[slot] = static_cast<std::uint32_t>(part.component);
    }
  }
}

std::uint32_t LaneTables::add_table() {
  const std::size_t at = entries_.size();
  entries_.resize(at + (std::size_t{1} << index_bits), no_step);
  return static_cast<std::uint32_t>(at);
}

void LaneTables::fill_middle(std::uint32_t at, const std::vector<Code>& ac) {
  fill_steps(&entries_[at], index_bits, {}, ac, longest_advance, entry_of);
  for (const Code& code : ac) {
    const SymbolStep step = followed_by({}, code);
    if (code.length <= index_bits || step.bits == 0) continue;
    const unsigned behind = code.length - index_bits;
    const std::size_t index = at + (std::size_t{code.bits} >> behind);
    if ((entries_[index] & special) == 0) {
      entries_[index] = special | static_cast<std::uint32_t>(entries_.size() >> rest_bits) << 16;
      entries_.resize(entries_.size() + (std::size_t{1} << rest_bits), no_step);
    }
    const std::size_t rest = code.bits & ((1U << behind) - 1);
    const std::size_t table = std::size_t{entries_[index] >> 16} << rest_bits;
    const std::uint32_t entry =
        entry_of({.bits = step.bits - index_bits, .coefficients = step.coefficients, .ends = step.ends});
    const unsigned free = rest_bits - behind;
    std::fill_n(&entries_[table + (rest << free)], std::size_t{1} << free, entry);
  }
}

void LaneTables::fill_start(std::uint32_t at, const std::vector<Code>& dc, const std::vector<Code>& ac) {
  constexpr unsigned word_bits = 25;  // that a lane can be sure to have
  for (const Code& code : dc) {
    const unsigned used = unsigned{code.length} + code.symbol;
    if (code.length > index_bits || used > word_bits) continue;
    std::uint32_t* const out = &entries_[at + (std::size_t{code.bits} << (index_bits - code.length))];
    if (used > index_bits) {
      std::fill_n(out, std::size_t{1} << (index_bits - code.length),
                  special | std::uint32_t{code.length} << 16 | std::uint32_t{code.symbol} << 24);
      continue;
    }
    const unsigned left = index_bits - used;
    fill_steps(out, left, {.bits = used}, ac, longest_advance, entry_of);
    const std::size_t width = std::size_t{1} << left;
    for (std::size_t bits = std::size_t{1} << code.symbol; bits-- > 0;) {
      const int difference = magnitude(std::uint64_t{bits} << 1 << (63 - code.symbol), code.symbol);
      const auto high = static_cast<std::uint32_t>(difference) << 16;
      std::transform(out, out + width, out + bits * width,
                     [high](std::uint32_t entry) { return entry | high; });
    }
  }
}

}  // namespace wm::jpeg
