#pragma once

// Blends masks into one block: dequantise, inverse DCT, blend, forward DCT, requantise to the nearest, clamp
// to the range of baseline. Only the difference made by the marks is transformed back and rounded, so an
// unaffected coefficient keeps its value. Pure; hostile coefficients and quantisers never cause overflow.

#include <span>

#include "worker/jpeg/block_code.h"
#include "worker/jpeg/block_values.h"
#include "worker/jpeg/mark_planes.h"
#include "worker/jpeg/quantisation.h"

namespace wm::jpeg {

/// A quantisation table prepared for blending. No entry may be zero.
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
