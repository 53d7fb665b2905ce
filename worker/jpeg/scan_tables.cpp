#include "worker/jpeg/scan_tables.h"

#include <algorithm>

namespace wm::jpeg {
namespace {

struct Change {
  const HuffmanDefinition* table = nullptr;
  const CodeTable* codes = nullptr;
};

bool is_changed(const CodeTable& codes) {
  return !codes.added().empty() || !codes.changed().empty();
}

/// Writes the table as in a DHT segment: the number of codes of each length, then the symbols.
void write_table(const HuffmanDefinition& table, const std::vector<Code>& codes,
                 std::vector<std::byte>& file) {
  std::array<std::size_t, 17> counts{};
  std::vector<std::byte> symbols;
  for (const Code& code : codes) {
    ++counts[code.length];
    symbols.push_back(static_cast<std::byte>(code.symbol));
  }
  if (counts[16] > 0xff) throw MissingCode("a Huffman table cannot grow");
  for (std::size_t i = 1; i <= 16; ++i) file[table.counts_at + i - 1] = static_cast<std::byte>(counts[i]);
  const auto values = file.begin() + static_cast<std::ptrdiff_t>(table.counts_at + 16);
  const auto old = static_cast<std::ptrdiff_t>(table.values.size());
  std::copy(symbols.begin(), symbols.begin() + old, values);
  file.insert(values + old, symbols.begin() + old, symbols.end());
}

}  // namespace

ScanTables::ScanTables(const Header& header, const ScanGeometry& geometry, const NewSymbols& more) {
  for (const ScanComponent& part : header.scan.components) {
    auto& dc = dc_[static_cast<std::size_t>(part.dc_table)];
    auto& ac = ac_[static_cast<std::size_t>(part.ac_table)];
    if (!dc) dc.emplace(codes_of(header.dc[static_cast<std::size_t>(part.dc_table)].value()));
    if (!ac) {
      const auto number = static_cast<std::size_t>(part.ac_table);
      ac.emplace(codes_of(header.ac[number].value()), more[number]);
      recodes_ = recodes_ || !ac->codes.changed().empty();
    }
    const ComponentGrid& grid = geometry.components[part.component];
    for (int row = 0; row < grid.vertical; ++row) {
      for (int column = 0; column < grid.horizontal; ++column) {
        mcu_.push_back({.component = part.component, .column = column, .row = row, .dc = &*dc, .ac = &*ac});
      }
    }
  }
}

std::size_t ScanTables::added_codes() const {
  std::size_t sum = 0;
  for (const auto& table : dc_) sum += table ? table->codes.added().size() : 0;
  for (const auto& table : ac_) sum += table ? table->codes.added().size() : 0;
  return sum;
}

bool ScanTables::lack_codes() const {
  const auto lacks = [](const auto& table) { return table && !table->codes.lacking().empty(); };
  return std::any_of(dc_.begin(), dc_.end(), lacks) || std::any_of(ac_.begin(), ac_.end(), lacks);
}

NewSymbols ScanTables::needed() const {
  NewSymbols symbols;
  for (std::size_t i = 0; i < 4; ++i) {
    if (dc_[i] && !dc_[i]->codes.lacking().empty()) throw MissingCode("a DC table has no code left over");
    if (!ac_[i]) continue;
    const CodeTable& codes = ac_[i]->codes;
    symbols[i] = codes.added();
    symbols[i].insert(symbols[i].end(), codes.lacking().begin(), codes.lacking().end());
  }
  return symbols;
}

bool ScanTables::have_changed() const {
  const auto has_changed = [](const auto& table) { return table && is_changed(table->codes); };
  return std::ranges::any_of(dc_, has_changed) || std::ranges::any_of(ac_, has_changed);
}

void ScanTables::write_changed(const Header& header, std::vector<std::byte>& marked,
                               std::vector<Shift>& shifts) const {
  std::vector<Change> changes;
  for (std::size_t i = 0; i < 4; ++i) {
    if (dc_[i] && is_changed(dc_[i]->codes)) changes.push_back({&*header.dc[i], &dc_[i]->codes});
    if (ac_[i] && is_changed(ac_[i]->codes)) changes.push_back({&*header.ac[i], &ac_[i]->codes});
  }
  // From the last to the first, so that earlier positions still equal those of the old file.
  std::sort(changes.begin(), changes.end(),
            [](const Change& a, const Change& b) { return a.table->counts_at > b.table->counts_at; });
  for (const Change& change : changes) {
    const HuffmanDefinition& table = *change.table;
    if (table.segment == HuffmanDefinition::in_no_segment) {
      throw MissingCode("a standard table cannot grow");
    }
    const std::size_t more = change.codes->added().size();
    const std::size_t length_at = header.segments[table.segment].payload - 2;
    // Another table may already have enlarged the segment.
    const std::size_t length = u16_at(marked, length_at) + more;
    if (length > 0xffff) throw MissingCode("a Huffman table cannot grow");
    container::put_u16(marked, length_at, static_cast<std::uint32_t>(length), container::Endian::big);
    write_table(table, change.codes->in_order(), marked);
    if (more != 0) shifts.push_back({.at = table.values_end(), .by = static_cast<std::int64_t>(more)});
  }
}

}  // namespace wm::jpeg
