#pragma once

// Marks a JPEG with any number of scans: libjpeg decodes all coefficients, those under the marks are changed,
// and all are written with Huffman tables made for them, sequential files by libjpeg, progressive ones by
// progressive_encoder.h. Scans and restart interval are those of the file; all segments except the tables
// stay byte for byte. Holds all coefficients in memory.

#include <cstddef>
#include <vector>

#include "worker/jpeg/coverage.h"
#include "worker/jpeg/eligibility.h"
#include "worker/jpeg/scan_geometry.h"
#include "worker/jpeg/segments.h"

namespace wm::jpeg {

struct Rewritten {
  std::vector<std::byte> bytes;
  std::size_t blended_blocks = 0;
  bool changed = false;  // whether any coefficient differs
};

/// For a header that choose_path() found fit for either path. Throws DamagedJpeg, also for damage that
/// libjpeg only warns of; NotInPlace; std::bad_alloc.
[[nodiscard]] Rewritten rewrite_coefficients(Bytes file, const Header& header, const ScanGeometry& geometry,
                                             const Limits& limits, Coverage& coverage);

}  // namespace wm::jpeg
