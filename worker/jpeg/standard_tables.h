#pragma once

// The Huffman tables of ITU T.81 Annex K, used by files without tables: frames of Motion JPEG.

#include "worker/jpeg/segments.h"

namespace wm::jpeg {

/// Gives a sequential file the standard tables for those that it lacks, as libjpeg does. They belong to no
/// segment. Any thread. Throws std::bad_alloc.
void add_standard_tables(Header& header);

}  // namespace wm::jpeg
