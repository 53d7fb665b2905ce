#pragma once

// The Huffman tables of a sequential scan, built once each, and the blocks of an MCU that use them.

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "worker/jpeg/entropy_walk.h"
#include "worker/jpeg/scan_geometry.h"
#include "worker/jpeg/segments.h"
#include "worker/jpeg/shifts.h"

namespace wm::jpeg {

class ScanTables {
 public:
  /// Throws DamagedJpeg.
  ScanTables(const Header& header, const ScanGeometry& geometry);
  ~ScanTables() = default;
  ScanTables(const ScanTables&) = delete;
  ScanTables& operator=(const ScanTables&) = delete;

  [[nodiscard]] const std::vector<McuBlock>& mcu() const { return mcu_; }
  [[nodiscard]] std::size_t added_codes() const;

  /// Puts the codes that were added into the DHT segments of `marked`, a new file whose header is still the
  /// old one's. Adds to `shifts`. Throws MissingCode when a segment cannot grow.
  void write_added_codes(const Header& header, std::vector<std::byte>& marked,
                         std::vector<Shift>& shifts) const;

 private:
  std::array<std::optional<DcTable>, 4> dc_;
  std::array<std::optional<AcTable>, 4> ac_;
  std::vector<McuBlock> mcu_;
};

}  // namespace wm::jpeg
