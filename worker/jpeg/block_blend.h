#pragma once

// Blends masks into one block: dequantise, inverse DCT, blend, forward DCT, requantise to the nearest, clamp
// to what baseline can hold. Only the difference that the marks make is transformed back and rounded, so a
// coefficient on which they have no effect stays what it was. Pure; hostile coefficients and quantisers give
// numbers, never overflow.

#include <span>

#include "worker/jpeg/block_code.h"
#include "worker/jpeg/block_values.h"
#include "worker/jpeg/mark_planes.h"
#include "worker/jpeg/quantisation.h"

namespace wm::jpeg {

/// A quantisation table ready for use. No entry may be zero.
struct Quantiser {
  Quantiser() = default;
  explicit Quantiser(const QuantisationTable& table);
  BlockValues step;
  BlockValues reciprocal;
};

struct MaskLayer {
  const BlockMask* mask = nullptr;
  float opacity = 1;  // 0..1
};

/// `layers` from the lowest to the topmost.
void blend_block(Block& block, const Quantiser& quantiser, std::span<const MaskLayer> layers);

}  // namespace wm::jpeg
