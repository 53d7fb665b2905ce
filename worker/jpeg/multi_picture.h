#pragma once

// The index of a file that holds several pictures (CIPA DC-007, "MPF"): gain maps, previews, motion photos.
// Its offsets and sizes must be adjusted when the first picture's length changes. Pure.

#include <span>
#include <vector>

#include "worker/jpeg/segments.h"
#include "worker/jpeg/shifts.h"

namespace wm::jpeg {

[[nodiscard]] bool has_multi_picture_index(Bytes file, const std::vector<Segment>& segments);

/// Corrects the indices of `marked`, the new file. `segments` are those of `file`, the old one. Implausible
/// entries are left unchanged. Never fails: an unreadable index is ignored.
void adjust_mpf_offsets(Bytes file, const std::vector<Segment>& segments, const std::vector<Shift>& shifts,
                        std::span<std::byte> marked);

}  // namespace wm::jpeg
