#pragma once

// The two implementations of blend_block(), with bit-identical results. Pure.

#include <span>

#include "worker/jpeg/block_blend.h"

namespace wm::jpeg {

/// Works on every machine.
void blend_block_by_fours(Block& block, const Quantiser& quantiser, std::span<const MaskLayer> layers);

/// Only if has_vectors_of_eight().
void blend_block_by_eights(Block& block, const Quantiser& quantiser, std::span<const MaskLayer> layers);

/// Whether this processor has AVX2.
[[nodiscard]] bool has_vectors_of_eight();

}  // namespace wm::jpeg
