#pragma once

// --damaged mark: what can be read of a picture whose decoder has failed.

#include <cstdint>

#include "worker/stages/memory_grants.h"
#include "worker/stages/picture.h"

namespace wm {

/// Makes decoders' work of `picture` easier where its format allows that: its bytes are replaced by repaired
/// ones, which have at most `most_pixels`. They are the same when there is no need or no way. Waits for
/// `memory`. Throws TaskFailure (too_large).
void repair_bytes(Picture& picture, std::uint64_t most_pixels, MemoryGrants& memory);

/// The pixels of `picture`, whose header was opened with Tolerance::of_damage: those that are lost are grey,
/// frames at the end of which nothing is left are left out. Adds to `picture.damage` how much that was.
/// Throws TaskFailure: corrupt, with what `picture.damage` says, when nothing can be read.
void decode_what_is_left(Picture& picture);

}  // namespace wm
