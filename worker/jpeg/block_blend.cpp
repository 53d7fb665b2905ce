#include "worker/jpeg/block_blend.h"

#include <cstddef>

#include "worker/jpeg/four_floats.h"

namespace wm::jpeg {
namespace {

// Samples as decoders show them, 0 being middle grey.
constexpr float black = -128, white = 127;

/// To the nearest, for what is far smaller than 2^22: adding this constant leaves no room for a fraction.
Four nearest(Four value) {
  constexpr float no_fraction = 12582912.0F;  // 1.5 * 2^23
  return (value + no_fraction) - no_fraction;
}

void put_layer(BlockValues& samples, const MaskLayer& layer) {
  const Four opacity = four_of(layer.opacity);
  for (std::size_t i = 0; i < 64; i += 4) {
    const Four alpha = load_four(&layer.mask->alpha.at[i]) * opacity;
    const Four colour = load_four(&layer.mask->colour.at[i]) * opacity;
    const Four before = load_four(&samples.at[i]);
    const Four below = clamped(before, four_of(black), four_of(white));
    store_four(&samples.at[i], alpha > four_of(0) ? (below - below * alpha) + colour : before);
  }
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
  for (std::size_t i = 0; i < 64; i += 4) {
    store_four(&before.at[i], load_four(&block[i]) * load_four(&quantiser.step.at[i]));
  }
  inverse_dct(before);

  // Under a mark counts what a decoder shows, which is clamped; elsewhere nothing may change.
  BlockValues after = before;
  for (const MaskLayer& layer : layers) put_layer(after, layer);

  for (std::size_t i = 0; i < 64; i += 4) {
    store_four(&after.at[i], load_four(&after.at[i]) - load_four(&before.at[i]));
  }
  forward_dct(after);
  Four low{-1024, -1023, -1023, -1023};
  for (std::size_t i = 0; i < 64; i += 4) {
    const Four change = nearest(load_four(&after.at[i]) * load_four(&quantiser.reciprocal.at[i]));
    store_four(&block[i], clamped(load_four(&block[i]) + change, low, four_of(1023)));
    low = four_of(-1023);
  }
}

}  // namespace wm::jpeg
