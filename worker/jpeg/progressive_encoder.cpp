#include "worker/jpeg/progressive_encoder.h"

#include <algorithm>
#include <array>

#include "worker/jpeg/bit_writer.h"
#include "worker/jpeg/huffman_code.h"
#include "worker/jpeg/not_in_place.h"
#include "worker/jpeg/progressive_scan.h"
#include "worker/jpeg/scan_tokens.h"

namespace wm::jpeg {
namespace {

void add(container::Bytes& payload, std::size_t byte) {
  payload.push_back(static_cast<std::byte>(byte));
}

void write_segment(std::uint8_t code, Bytes payload, BitWriter& writer) {
  container::Bytes segment;
  container::append_jpeg_segment(segment, code, {}, payload);
  writer.append(segment);
}

enum class TableClass : std::uint8_t { dc = 0, ac = 1 };

/// Writes the table and returns its codes.
std::vector<Code> define_table(TableClass kind, std::size_t number, const SymbolCounts& counts,
                               BitWriter& writer) {
  const OptimalTable table = optimal_table(counts);
  container::Bytes payload;
  add(payload, static_cast<std::size_t>(kind) << 4 | number);
  for (std::size_t length = 1; length <= 16; ++length) add(payload, table.counts[length]);
  container::append(payload, Bytes(table.values));
  write_segment(marker::dht, payload, writer);
  HuffmanDefinition definition;
  definition.counts = table.counts;
  definition.values = table.values;
  return codes_of(definition);
}

void write_scan_header(const Frame& frame, const Scan& scan, BitWriter& writer) {
  const bool needs_dc = scan.spectral_first == 0 && scan.high_bit == 0;
  const bool needs_ac = scan.spectral_first != 0;
  container::Bytes payload;
  add(payload, scan.components.size());
  for (const ScanComponent& part : scan.components) {
    const std::size_t table = table_of(part.component);
    add(payload, frame.components[part.component].id);
    add(payload, (needs_dc ? table << 4 : 0) | (needs_ac ? table : 0));
  }
  add(payload, static_cast<std::size_t>(scan.spectral_first));
  add(payload, static_cast<std::size_t>(scan.spectral_last));
  add(payload, static_cast<std::size_t>(scan.high_bit << 4 | scan.low_bit));
  write_segment(marker::sos, payload, writer);
}

std::array<bool, PlaneSummary::bits> wanted_bits(const std::vector<Scan>& script, std::size_t component) {
  std::array<bool, PlaneSummary::bits> wanted{};
  for (const Scan& scan : script) {
    if (scan.spectral_first == 0 || scan.components.front().component != component) continue;
    wanted[static_cast<std::size_t>(scan.low_bit)] = true;
    if (scan.high_bit != 0) wanted[static_cast<std::size_t>(scan.high_bit)] = true;
  }
  return wanted;
}

std::size_t mask_bytes(const ProgressivePicture& picture, const std::vector<Scan>& script) {
  std::size_t sum = 0;
  for (std::size_t c = 0; c < picture.planes.size(); ++c) {
    const auto wanted = wanted_bits(script, c);
    const Size blocks = picture.planes[c].blocks;
    sum += static_cast<std::size_t>(std::count(wanted.begin(), wanted.end(), true)) * sizeof(std::uint64_t) *
           static_cast<std::size_t>(blocks.width) * static_cast<std::size_t>(blocks.height);
  }
  return sum;
}

}  // namespace

std::vector<std::byte> write_progressive_scans(const ProgressivePicture& picture,
                                               const std::vector<Scan>& script, std::size_t expected) {
  const std::size_t for_masks = mask_bytes(picture, script);
  if (for_masks > picture.max_memory) throw NotInPlace(Reason::memory);
  std::vector<PlaneSummary> summaries;
  for (std::size_t c = 0; c < picture.planes.size(); ++c) {
    summaries.emplace_back(picture.planes[c], wanted_bits(script, c));
  }
  BitWriter writer(expected);
  if (picture.restart_interval != 0) {
    container::Bytes payload;
    container::append_u16(payload, picture.restart_interval);
    write_segment(marker::dri, payload, writer);
  }
  ScanTokens tokens(picture.max_memory - for_masks);
  for (const Scan& scan : script) {
    tokens.clear();
    std::array<std::vector<Code>, ScanTokens::tables> codes;
    const std::size_t first = scan.components.front().component;
    if (scan.spectral_first != 0) {
      code_ac_scan(scan, picture.planes[first], summaries[first], picture.restart_interval, tokens);
      codes[0] = define_table(TableClass::ac, table_of(first), tokens.counts(0), writer);
    } else {
      code_dc_scan(scan, picture.geometry, summaries, picture.restart_interval, tokens);
      std::array<bool, ScanTokens::tables> used{};
      for (const ScanComponent& part : scan.components) used[table_of(part.component)] = scan.high_bit == 0;
      for (std::size_t table = 0; table < used.size(); ++table) {
        if (used[table]) codes[table] = define_table(TableClass::dc, table, tokens.counts(table), writer);
      }
    }
    write_scan_header(picture.frame, scan, writer);
    tokens.write(codes, writer);
  }
  writer.append(std::array{std::byte{0xff}, std::byte{marker::eoi}});
  return writer.take();
}

}  // namespace wm::jpeg
