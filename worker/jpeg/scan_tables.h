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

/// By number of the AC table: symbols to be added to it.
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
  /// Whether some table differs from the file's.
  [[nodiscard]] bool have_changed() const;

  /// Symbols of the file have other codes, so that the whole scan must be checked for them.
  [[nodiscard]] bool recodes() const { return recodes_; }

  /// Whether a symbol without a code was needed.
  [[nodiscard]] bool lack_codes() const;
  /// All symbols that must be added to the tables for the data written so far. Throws MissingCode when a DC
  /// table lacks one.
  [[nodiscard]] NewSymbols needed() const;

  /// Writes the changed tables into the DHT segments of `marked`, a new file that still has the old file's
  /// header. Adds to `shifts`. Throws MissingCode when a segment cannot grow.
  void write_changed(const Header& header, std::vector<std::byte>& marked, std::vector<Shift>& shifts) const;

 private:
  std::array<std::optional<DcTable>, 4> dc_;
  std::array<std::optional<AcTable>, 4> ac_;
  std::vector<McuBlock> mcu_;
  bool recodes_ = false;
};

}  // namespace wm::jpeg
