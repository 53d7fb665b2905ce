#pragma once

// How often a sequence is shown, which this libavif does not write: an edit list in each track of a finished
// file (ISO/IEC 14496-12 section 8.6.6), whose flag 1 says that it is repeated until the track ends.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "worker/container/heif_contents.h"

namespace wm::avif {

/// `bytes` are what libavif wrote and have no edit lists; `duration` is that of all frames, in the units of
/// its tracks. Where nothing is said, nothing is added. Throws AvifError when the file is not laid out as it
/// should be.
void add_edit_lists(std::vector<std::byte>& bytes, const Repetition& repetition, std::uint64_t duration);

}  // namespace wm::avif
