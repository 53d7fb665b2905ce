#pragma once

// Marks a sequential JPEG of one scan by writing again only the MCUs that the marks touch; all other bits are
// copied, shifted where lengths before them have changed. The whole scan is walked, so damage is found
// wherever it is.

#include <cstddef>
#include <vector>

#include "worker/jpeg/coverage.h"
#include "worker/jpeg/scan_geometry.h"
#include "worker/jpeg/segments.h"
#include "worker/jpeg/walk_options.h"

namespace wm::jpeg {

struct Spliced {
  std::size_t kept_bytes = 0;    // the new file begins with so many bytes of the old one
  std::vector<std::byte> bytes;  // what comes after them
  std::size_t blended_blocks = 0;
  std::size_t added_codes = 0;  // Huffman codes that the file's tables had left over and now have
  std::size_t tail_bytes = 0;   // after EOI
};

/// For a header whose path is Path::splice. Throws DamagedJpeg; NotInPlace; MissingCode when the tables lack
/// a code and have none left over.
[[nodiscard]] Spliced splice(Bytes file, const Header& header, const ScanGeometry& geometry,
                             Coverage& coverage, const WalkOptions& options = {});

}  // namespace wm::jpeg
