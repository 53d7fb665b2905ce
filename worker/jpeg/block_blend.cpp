#include "worker/jpeg/block_blend.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "worker/jpeg/block_blend_kernels.h"

namespace wm::jpeg {
namespace {

// The compilers' own vectors: GCC turns loops that clamp into branches for single numbers.
#define KERNEL inline
using Vector [[gnu::vector_size(16)]] = float;
using Ints [[gnu::vector_size(16)]] = std::int32_t;
using Shorts [[gnu::vector_size(8)]] = std::int16_t;
constexpr std::size_t width = 4;

/// Half a block: four columns, eight rows.
struct Columns {
  Vector at[8];  // not a std::array: as a template argument it would lose its alignment
};

Vector of(float value) {
  return Vector{value, value, value, value};
}

Vector load(const float* from) {
  Vector values;
  std::memcpy(&values, from, sizeof values);
  return values;
}

void store(float* to, Vector values) {
  std::memcpy(to, &values, sizeof values);
}

Vector load(const std::int16_t* from) {
  Shorts values;
  std::memcpy(&values, from, sizeof values);
  return __builtin_convertvector(__builtin_convertvector(values, Ints), Vector);
}

/// `values` are whole numbers that fit.
void store(std::int16_t* to, Vector values) {
  const auto shorts = __builtin_convertvector(__builtin_convertvector(values, Ints), Shorts);
  std::memcpy(to, &shorts, sizeof shorts);
}

Vector clamped(Vector values, Vector low, Vector high) {
  values = values < low ? low : values;
  return values > high ? high : values;
}

void transpose(Vector& a, Vector& b, Vector& c, Vector& d) {
  const Vector ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Vector ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Vector cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Vector cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  a = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
  b = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
  c = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
  d = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

template <void (*Pass)(Columns&)>
void transform(BlockValues& values) {
  Columns left{};
  Columns right{};
  for (std::size_t row = 0; row < 8; ++row) {
    left.at[row] = load(&values.at[row * 8]);
    right.at[row] = load(&values.at[row * 8 + 4]);
  }
  Pass(left);
  Pass(right);
  auto& l = left.at;
  auto& r = right.at;
  transpose(l[0], l[1], l[2], l[3]);
  transpose(l[4], l[5], l[6], l[7]);
  transpose(r[0], r[1], r[2], r[3]);
  transpose(r[4], r[5], r[6], r[7]);
  Columns first{{l[0], l[1], l[2], l[3], r[0], r[1], r[2], r[3]}};
  Columns second{{l[4], l[5], l[6], l[7], r[4], r[5], r[6], r[7]}};
  Pass(first);
  Pass(second);
  for (std::size_t row = 0; row < 8; ++row) {
    store(&values.at[row * 8], first.at[row]);
    store(&values.at[row * 8 + 4], second.at[row]);
  }
}

#include "worker/jpeg/blend_kernel.inc"

}  // namespace

Quantiser::Quantiser(const QuantisationTable& table) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    step.at[i] = static_cast<float>(table[i]);
    reciprocal.at[i] = 1.0F / static_cast<float>(table[i]);
  }
}

void blend_block_by_fours(Block& block, const Quantiser& quantiser, std::span<const MaskLayer> layers) {
  blend(block, quantiser, layers);
}

void blend_block(Block& block, const Quantiser& quantiser, std::span<const MaskLayer> layers) {
  if (has_vectors_of_eight()) {
    blend_block_by_eights(block, quantiser, layers);
  } else {
    blend_block_by_fours(block, quantiser, layers);
  }
}

}  // namespace wm::jpeg
