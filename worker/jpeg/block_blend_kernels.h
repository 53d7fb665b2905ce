#pragma once

// The two forms of blend_block(), whose results are the same to the last bit. Pure.

#include <span>

#include "worker/jpeg/block_blend.h"

namespace wm::jpeg {

/// On every machine.
void blend_block_by_fours(Block& block, const Quantiser& quantiser, std::span<const MaskLayer> layers);

/// Where has_vectors_of_eight().
void blend_block_by_eights(Block& block, const Quantiser& quantiser, std::span<const MaskLayer> layers);

/// Whether this processor has AVX2.
[[nodiscard]] bool has_vectors_of_eight();

}  // namespace wm::jpeg
