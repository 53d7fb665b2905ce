#pragma once

// --damaged mark: recovers the readable part of a picture whose decoder has failed.

#include <cstdint>

#include "worker/stages/memory_grants.h"
#include "worker/stages/picture.h"

namespace wm {

/// Makes `picture` easier to decode where its format allows that: replaces its bytes by repaired ones, which
/// have at most `most_pixels`, and adds to `picture.damage` what they lack. Leaves them unchanged when a
/// repair is unnecessary or impossible. Waits for `memory`. Throws TaskFailure (too_large).
void repair_bytes(Picture& picture, std::uint64_t most_pixels, MemoryGrants& memory);

/// Decodes the pixels of `picture`, whose header was opened with Tolerance::of_damage: lost pixels become
/// grey, trailing frames without any readable row are dropped. Adds the extent of the loss to
/// `picture.damage`. Throws TaskFailure (corrupt) with the text of `picture.damage` when nothing can be read.
void decode_what_is_left(Picture& picture);

}  // namespace wm
