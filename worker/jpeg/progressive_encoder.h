#pragma once

// Writes coefficients as the scans of a progressive file, each with Huffman tables made for it: ITU T.81
// Annex G. Goes over the blocks of a scan once. Beside what it borrows and returns, it needs 8 bytes for each
// block and bit position at which a scan begins or ends, and about 4 for each symbol of the largest scan.
// Pure.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "worker/jpeg/coefficient_plane.h"
#include "worker/jpeg/scan_geometry.h"
#include "worker/jpeg/segments.h"

namespace wm::jpeg {

struct ProgressivePicture {
  const Frame& frame;
  const ScanGeometry& geometry;
  const std::vector<CoefficientPlane>& planes;      // one a component
  std::uint32_t restart_interval = 0;               // MCUs, 0: none
  std::size_t max_memory = std::size_t{256} << 20;  // bytes of what is said above
};

/// What follows the frame header: restart interval, tables and scans, EOI. `script` as scan_script() gives
/// it. About `expected` bytes. Throws DamagedJpeg when a coefficient is larger than 8-bit samples can give,
/// NotInPlace when the memory does not do, std::bad_alloc.
[[nodiscard]] std::vector<std::byte> write_progressive_scans(const ProgressivePicture& picture,
                                                             const std::vector<Scan>& script,
                                                             std::size_t expected);

}  // namespace wm::jpeg
