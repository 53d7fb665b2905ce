#pragma once

// Adds the repetition of a sequence, which this libavif does not write: an edit list in each track of a
// finished file (ISO/IEC 14496-12 section 8.6.6), whose flag 1 means that it repeats until the track ends.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "worker/container/heif_contents.h"

namespace wm::avif {

/// `bytes` were written by libavif and have no edit lists; `duration` is that of all frames, in the units of
/// its tracks. Adds nothing if the repetition is unspecified. Throws AvifError when the file's layout is not
/// as expected.
void add_edit_lists(std::vector<std::byte>& bytes, const Repetition& repetition, std::uint64_t duration);

}  // namespace wm::avif
