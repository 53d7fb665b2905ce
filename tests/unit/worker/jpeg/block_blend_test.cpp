#include "worker/jpeg/block_blend.h"

#include <cmath>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "tests/support/catch.h"
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
  if (!jpeg::has_vectors_of_eight()) return;  // of this processor there is one form only
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

/// What becomes of a coefficient at `index` that a mark brings to `wanted` steps.
int requantised(std::size_t index, double wanted, const QuantisationTable& table) {
  const double pi = std::acos(-1.0);
  const auto basis = [&](std::size_t frequency, std::size_t position) {
    const double scale = frequency == 0 ? std::sqrt(0.125) : 0.5;
    return scale * std::cos(static_cast<double>((2 * position + 1) * frequency) * pi / 16);
  };
  jpeg::BlockMask mask;
  for (std::size_t x = 0; x < 8; ++x) {
    for (std::size_t y = 0; y < 8; ++y) {
      mask.alpha.at[x * 8 + y] = 1;
      mask.colour.at[x * 8 + y] =
          static_cast<float>(wanted * table[index] * basis(index % 8, x) * basis(index / 8, y));
    }
  }
  const jpeg::MaskLayer layer{.mask = &mask, .opacity = 1};
  jpeg::Block block{};
  jpeg::blend_block(block, jpeg::Quantiser(table), std::span(&layer, 1));
  for (std::size_t i = 0; i < 64; ++i) CHECK((i == index || block[i] == 0));
  return block[index];
}

TEST_CASE("coefficients become the nearest, but small ones of fine steps become 0 a little longer") {
  QuantisationTable table;
  table.fill(40);
  table[0] = table[1] = table[8] = 4;
  constexpr std::size_t coarse = 9;
  for (const double sign : {1.0, -1.0}) {
    const auto magnitude = [&](std::size_t index, double wanted) {
      return sign * requantised(index, sign * wanted, table);
    };
    for (const std::size_t fine : {std::size_t{1}, std::size_t{8}}) {
      CHECK(magnitude(fine, 0.58) == 0);
      CHECK(magnitude(fine, 0.62) == 1);
      CHECK(magnitude(fine, 1.48) == 1);
      CHECK(magnitude(fine, 1.52) == 2);
    }
    CHECK(magnitude(coarse, 0.49) == 0);
    CHECK(magnitude(coarse, 0.52) == 1);
    CHECK(magnitude(0, 0.49) == 0);
    CHECK(magnitude(0, 0.51) == 1);  // DC
  }
}

}  // namespace
}  // namespace wm
