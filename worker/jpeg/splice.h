#pragma once

// Marks a sequential JPEG with one scan by rewriting only the MCUs that the marks touch; all other bits are
// copied, shifted where lengths before them have changed. The whole scan is walked, so damage is found
// anywhere.

#include <cstddef>
#include <vector>

#include "worker/jpeg/coverage.h"
#include "worker/jpeg/scan_geometry.h"
#include "worker/jpeg/segments.h"
#include "worker/jpeg/walk_options.h"

namespace wm::jpeg {

struct Spliced {
  std::size_t kept_bytes = 0;    // length of the new file's beginning that equals the old file's
  std::vector<std::byte> bytes;  // the rest of the new file, after these bytes
  std::size_t blended_blocks = 0;
  bool changed = false;         // whether any coefficient differs
  std::size_t added_codes = 0;  // unused Huffman codes of the file's tables that are now used
  std::size_t tail_bytes = 0;   // after EOI
};

/// For a header whose path is Path::splice. Throws DamagedJpeg; NotInPlace; MissingCode when the tables lack
/// a code and have none left over.
[[nodiscard]] Spliced splice(Bytes file, const Header& header, const ScanGeometry& geometry,
                             Coverage& coverage, const WalkOptions& options = {});

}  // namespace wm::jpeg
