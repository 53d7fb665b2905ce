#pragma once

// The Huffman tables of ITU T.81 Annex K, which files without any are coded with: frames of Motion JPEG.

#include "worker/jpeg/segments.h"

namespace wm::jpeg {

/// Gives a sequential file the standard tables where it has none of its own, as libjpeg does. They lie in no
/// segment. Any thread. Throws std::bad_alloc.
void add_standard_tables(Header& header);

}  // namespace wm::jpeg
