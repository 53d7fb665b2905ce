#include "worker/jpeg/block_blend.h"

#include <cstdint>
#include <random>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/skip.h"
#include "worker/jpeg/block_blend_kernels.h"

namespace wm {
namespace {

struct Random {
  std::mt19937 numbers{7};
  int up_to(int most) { return std::uniform_int_distribution(0, most)(numbers); }
  int between(int least, int most) { return std::uniform_int_distribution(least, most)(numbers); }
  float share() { return std::uniform_real_distribution<float>(0, 1)(numbers); }
};

jpeg::BlockMask make_mask(Random& random) {
  jpeg::BlockMask mask;
  for (std::size_t i = 0; i < 64; ++i) {
    // Many pixels of marks are clear or opaque.
    const int kind = random.up_to(3);
    mask.alpha.at[i] = kind == 0 ? 0 : kind == 1 ? 1 : random.share();
    mask.colour.at[i] = mask.alpha.at[i] * static_cast<float>(random.between(-128, 127));
  }
  return mask;
}

TEST_CASE("blocks blended by fours and by eights are the same to the last bit") {
  if (!jpeg::has_vectors_of_eight()) test::skip("this processor has no AVX2, so there is one form only");
  Random random;
  unsigned changed = 0;
  for (int round = 0; round < 20'000; ++round) {
    const bool hostile = round % 4 == 0;
    QuantisationTable table{};
    for (auto& step : table) step = static_cast<std::uint16_t>(random.between(1, hostile ? 65535 : 120));
    jpeg::Block block{};
    const int coefficients = random.up_to(63);
    for (int i = 0; i < coefficients; ++i) {
      block[static_cast<std::size_t>(random.up_to(63))] =
          static_cast<std::int16_t>(hostile ? random.between(-32768, 32767) : random.between(-60, 60));
    }
    const std::vector<jpeg::BlockMask> masks{make_mask(random), make_mask(random)};
    std::vector<jpeg::MaskLayer> layers{{.mask = masks.data(), .opacity = random.share()}};
    if (round % 3 == 0) layers.push_back({.mask = &masks[1], .opacity = 1});

    const jpeg::Quantiser quantiser(table);
    jpeg::Block fours = block;
    jpeg::Block eights = block;
    jpeg::blend_block_by_fours(fours, quantiser, layers);
    jpeg::blend_block_by_eights(eights, quantiser, layers);
    REQUIRE(fours == eights);
    changed += fours == block ? 0U : 1U;
  }
  CHECK(changed > 15'000);
}

TEST_CASE("a mark that is clear changes no coefficient that a baseline file can have") {
  Random random;
  const jpeg::BlockMask clear{};
  const std::vector<jpeg::MaskLayer> layers{{.mask = &clear, .opacity = 1}};
  QuantisationTable table{};
  for (auto& step : table) step = static_cast<std::uint16_t>(random.between(1, 255));
  for (int round = 0; round < 1000; ++round) {
    jpeg::Block block{};
    for (auto& value : block) value = static_cast<std::int16_t>(random.between(-1023, 1023));
    jpeg::Block blended = block;
    jpeg::blend_block(blended, jpeg::Quantiser(table), layers);
    REQUIRE(blended == block);
  }
}

}  // namespace
}  // namespace wm
