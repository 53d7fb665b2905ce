#pragma once

// Writes coefficients as the scans of a progressive file, each with its own Huffman tables: ITU T.81 Annex G.
// Iterates over the blocks of a scan once. In addition to the borrowed and returned data, it needs 8 bytes
// for each block and bit position at which a scan begins or ends, and about 4 for each symbol of the largest
// scan. Pure.

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
  std::size_t max_memory = std::size_t{256} << 20;  // limit of the memory described above, in bytes
};

/// The data after the frame header: restart interval, tables and scans, EOI. `script` is a result of
/// scan_script(). About `expected` bytes. Throws DamagedJpeg when a coefficient is larger than 8-bit samples
/// can produce, NotInPlace when the memory is not enough, std::bad_alloc.
[[nodiscard]] std::vector<std::byte> write_progressive_scans(const ProgressivePicture& picture,
                                                             const std::vector<Scan>& script,
                                                             std::size_t expected);

}  // namespace wm::jpeg
