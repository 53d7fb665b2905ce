#include "worker/jpeg/lanes/lane_tables.h"

#include <algorithm>
#include <span>
#include <utility>

#include "worker/jpeg/symbol_steps.h"

namespace wm::jpeg {
namespace {

constexpr unsigned index_bits = LaneTables::index_bits;
constexpr unsigned rest_bits = LaneTables::rest_bits;
constexpr std::uint32_t special = LaneTables::special;
constexpr std::uint32_t no_step = LaneTables::no_step;
constexpr unsigned end_of_block = 129;
constexpr unsigned longest_advance = 64;

std::uint32_t entry_of(const SymbolStep& step) {
  if (step.bits == 0) return LaneTables::no_step;
  return step.bits | (step.coefficients + (step.ends ? end_of_block : 0)) << 8;
}

std::uint32_t add_table(std::vector<std::uint32_t>& words) {
  const std::size_t at = words.size();
  words.resize(at + (std::size_t{1} << index_bits), no_step);
  return static_cast<std::uint32_t>(at);
}

void fill_middle(std::vector<std::uint32_t>& words, std::uint32_t at, const std::vector<Code>& ac) {
  fill_steps(&words[at], index_bits, {}, ac, longest_advance, entry_of);
  for (const Code& code : ac) {
    const SymbolStep step = followed_by({}, code);
    if (code.length <= index_bits || step.bits == 0) continue;
    const unsigned after = code.length - index_bits;
    const std::size_t index = at + (std::size_t{code.bits} >> after);
    if ((words[index] & special) == 0) {
      words[index] = special | static_cast<std::uint32_t>(words.size() >> rest_bits) << 16;
      words.resize(words.size() + (std::size_t{1} << rest_bits), no_step);
    }
    const std::size_t rest = code.bits & ((1U << after) - 1);
    const std::size_t table = std::size_t{words[index] >> 16} << rest_bits;
    const std::uint32_t entry =
        entry_of({.bits = step.bits - index_bits, .coefficients = step.coefficients, .ends = step.ends});
    const unsigned free = rest_bits - after;
    std::fill_n(&words[table + (rest << free)], std::size_t{1} << free, entry);
  }
}

void fill_start(std::vector<std::uint32_t>& words, std::uint32_t at, const std::vector<Code>& dc,
                const std::vector<Code>& ac) {
  constexpr unsigned word_bits = 25;  // guaranteed to be available to a lane
  for (const Code& code : dc) {
    const unsigned used = unsigned{code.length} + code.symbol;
    if (code.length > index_bits || used > word_bits) continue;
    std::uint32_t* const out = &words[at + (std::size_t{code.bits} << (index_bits - code.length))];
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

const HuffmanDefinition& dc_of(const Header& header, const ScanComponent& part) {
  return header.dc[static_cast<std::size_t>(part.dc_table)].value();
}

const HuffmanDefinition& ac_of(const Header& header, const ScanComponent& part) {
  return header.ac[static_cast<std::size_t>(part.ac_table)].value();
}

/// Everything that LaneEntries depend on.
std::vector<std::byte> definitions_of(const Header& header) {
  std::vector<std::byte> all;
  for (const ScanComponent& part : header.scan.components) {
    all.push_back(static_cast<std::byte>(part.component));
    for (const HuffmanDefinition* table : {&dc_of(header, part), &ac_of(header, part)}) {
      const auto counts = std::as_bytes(std::span(table->counts));
      all.insert(all.end(), counts.begin(), counts.end());
      all.insert(all.end(), table->values.begin(), table->values.end());
    }
  }
  return all;
}

}  // namespace

LaneEntries make_lane_entries(const Header& header) {
  struct Table {
    int dc = 0, ac = 0;
    LaneEntries::Places places;
  };
  LaneEntries entries;
  std::vector<std::uint32_t>& words = entries.words;
  words.reserve(std::size_t{5} << index_bits);
  std::vector<Table> known;
  for (const ScanComponent& part : header.scan.components) {
    const auto same_ac =
        std::find_if(known.begin(), known.end(), [&](const Table& old) { return old.ac == part.ac_table; });
    const auto same = std::find_if(same_ac, known.end(), [&](const Table& old) {
      return old.ac == part.ac_table && old.dc == part.dc_table;
    });
    Table table{.dc = part.dc_table, .ac = part.ac_table, .places = {}};
    if (same != known.end()) {
      table = *same;
    } else {
      const auto ac = codes_of(ac_of(header, part));
      if (same_ac != known.end()) {
        table.places.middle = same_ac->places.middle;
      } else {
        table.places.middle = add_table(words);
        fill_middle(words, table.places.middle, ac);
      }
      table.places.start = add_table(words);
      fill_start(words, table.places.start, codes_of(dc_of(header, part)), ac);
      known.push_back(table);
    }
    entries.components.at(part.component) = table.places;
  }
  return entries;
}

std::shared_ptr<const LaneEntries> LaneEntryCache::get(const Header& header) {
  std::vector<std::byte> definitions = definitions_of(header);
  if (!entries_ || definitions != definitions_) {
    entries_ = std::make_shared<const LaneEntries>(make_lane_entries(header));
    definitions_ = std::move(definitions);
  }
  return entries_;
}

bool LaneTables::suit(const std::vector<McuBlock>& mcu) {
  return mcu.size() <= max_blocks &&
         std::all_of(mcu.begin(), mcu.end(), [](const McuBlock& block) { return block.component < 3; });
}

LaneTables::LaneTables(std::shared_ptr<const LaneEntries> entries, const std::vector<McuBlock>& mcu)
    : entries_(std::move(entries)), blocks_(static_cast<std::uint32_t>(mcu.size())), mcu_(mcu) {
  for (std::size_t slot = 0; slot < mcu.size(); ++slot) {
    const std::size_t component = mcu[slot].component;
    start_[slot] = entries_->components.at(component).start;
    middle_[slot] = entries_->components.at(component).middle;
    component_[slot] = static_cast<std::uint32_t>(component);
  }
}

}  // namespace wm::jpeg
