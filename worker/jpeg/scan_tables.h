#pragma once

// The Huffman tables of a sequential scan, built once each, and the blocks of an MCU that use them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "worker/jpeg/entropy_walk.h"
#include "worker/jpeg/scan_geometry.h"
#include "worker/jpeg/segments.h"
#include "worker/jpeg/shifts.h"

namespace wm::jpeg {

/// By number of the AC table: symbols that it has to get.
using NewSymbols = std::array<std::vector<std::uint8_t>, 4>;

class ScanTables {
 public:
  /// Throws DamagedJpeg; MissingCode when a table cannot have the new symbols.
  ScanTables(const Header& header, const ScanGeometry& geometry, const NewSymbols& more = {});
  ~ScanTables() = default;
  ScanTables(const ScanTables&) = delete;
  ScanTables& operator=(const ScanTables&) = delete;

  [[nodiscard]] const std::vector<McuBlock>& mcu() const { return mcu_; }
  [[nodiscard]] std::size_t added_codes() const;
  /// Whether some table is not the file's any more.
  [[nodiscard]] bool have_changed() const;

  /// Symbols of the file have other codes, so that all of the scan has to be looked at.
  [[nodiscard]] bool recodes() const { return recodes_; }

  /// Whether a symbol was needed that has no code.
  [[nodiscard]] bool lack_codes() const;
  /// All symbols that the tables have to get for what was written so far. Throws MissingCode when a DC table
  /// lacks one.
  [[nodiscard]] NewSymbols needed() const;

  /// Puts the tables that have changed into the DHT segments of `marked`, a new file whose header is still
  /// the old one's. Adds to `shifts`. Throws MissingCode when a segment cannot grow.
  void write_changed(const Header& header, std::vector<std::byte>& marked, std::vector<Shift>& shifts) const;

 private:
  std::array<std::optional<DcTable>, 4> dc_;
  std::array<std::optional<AcTable>, 4> ac_;
  std::vector<McuBlock> mcu_;
  bool recodes_ = false;
};

}  // namespace wm::jpeg
