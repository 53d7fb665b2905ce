#include "worker/jpeg/block_blend.h"

#include <algorithm>

namespace wm::jpeg {
namespace {

// Samples as decoders show them, 0 being middle grey.
constexpr float black = -128, white = 127;

/// To the nearest, for what is far smaller than 2^22: adding this constant leaves no room for a fraction.
float nearest(float value) {
  constexpr float no_fraction = 12582912.0F;  // 1.5 * 2^23
  return (value + no_fraction) - no_fraction;
}

}  // namespace

Quantiser::Quantiser(const QuantisationTable& table) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    step.at[i] = static_cast<float>(table[i]);
    reciprocal.at[i] = 1.0F / static_cast<float>(table[i]);
  }
}

void blend_block(Block& block, const Quantiser& quantiser, std::span<const MaskLayer> layers) {
  BlockValues before;
  for (std::size_t i = 0; i < 64; ++i) before.at[i] = static_cast<float>(block[i]) * quantiser.step.at[i];
  inverse_dct(before);

  // Under a mark counts what a decoder shows, which is clamped; elsewhere nothing may change.
  BlockValues after = before;
  for (const MaskLayer& layer : layers) {
    for (std::size_t i = 0; i < 64; ++i) {
      const float alpha = layer.mask->alpha.at[i] * layer.opacity;
      const float below = std::min(std::max(after.at[i], black), white);
      const float blended = (below - below * alpha) + layer.mask->colour.at[i] * layer.opacity;
      after.at[i] = alpha > 0 ? blended : after.at[i];
    }
  }

  for (std::size_t i = 0; i < 64; ++i) after.at[i] -= before.at[i];
  forward_dct(after);
  for (std::size_t i = 0; i < 64; ++i) {
    const float sum = static_cast<float>(block[i]) + nearest(after.at[i] * quantiser.reciprocal.at[i]);
    block[i] = static_cast<std::int16_t>(std::min(std::max(sum, i == 0 ? -1024.0F : -1023.0F), 1023.0F));
  }
}

}  // namespace wm::jpeg
