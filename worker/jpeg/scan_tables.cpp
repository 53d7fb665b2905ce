#include "worker/jpeg/scan_tables.h"

#include <algorithm>

namespace wm::jpeg {
namespace {

struct Growth {
  const HuffmanDefinition* table = nullptr;
  const std::vector<std::uint8_t>* symbols = nullptr;
};

void set_u16(std::vector<std::byte>& bytes, std::size_t at, std::size_t value) {
  bytes[at] = static_cast<std::byte>(value >> 8);
  bytes[at + 1] = static_cast<std::byte>(value & 0xff);
}

}  // namespace

ScanTables::ScanTables(const Header& header, const ScanGeometry& geometry) {
  for (const ScanComponent& part : header.scan.components) {
    auto& dc = dc_[static_cast<std::size_t>(part.dc_table)];
    auto& ac = ac_[static_cast<std::size_t>(part.ac_table)];
    if (!dc) dc.emplace(codes_of(header.dc[static_cast<std::size_t>(part.dc_table)].value()));
    if (!ac) ac.emplace(codes_of(header.ac[static_cast<std::size_t>(part.ac_table)].value()));
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

void ScanTables::write_added_codes(const Header& header, std::vector<std::byte>& marked,
                                   std::vector<Shift>& shifts) const {
  std::vector<Growth> growths;
  for (std::size_t i = 0; i < 4; ++i) {
    if (dc_[i] && !dc_[i]->codes.added().empty()) growths.push_back({&*header.dc[i], &dc_[i]->codes.added()});
    if (ac_[i] && !ac_[i]->codes.added().empty()) growths.push_back({&*header.ac[i], &ac_[i]->codes.added()});
  }
  // From the last to the first, so that positions before stay those of the old file.
  std::sort(growths.begin(), growths.end(),
            [](const Growth& a, const Growth& b) { return a.table->counts_at > b.table->counts_at; });
  for (const Growth& growth : growths) {
    const HuffmanDefinition& table = *growth.table;
    const std::size_t more = growth.symbols->size();
    const Segment& segment = header.segments[table.segment];
    const std::size_t length_at = segment.payload - 2;
    // The segment may have grown by another table already.
    const std::size_t length = u16_at(marked, length_at) + more;
    const std::size_t longest_codes = table.counts[16] + more;
    if (length > 0xffff || longest_codes > 0xff) throw MissingCode("a Huffman table cannot grow");
    set_u16(marked, length_at, length);
    marked[table.counts_at + 15] = static_cast<std::byte>(longest_codes);
    const auto* const symbols = reinterpret_cast<const std::byte*>(growth.symbols->data());
    marked.insert(marked.begin() + static_cast<std::ptrdiff_t>(table.values_end()), symbols, symbols + more);
    shifts.push_back({.at = table.values_end(), .by = static_cast<std::int64_t>(more)});
  }
}

}  // namespace wm::jpeg
