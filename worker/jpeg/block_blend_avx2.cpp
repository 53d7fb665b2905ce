// blend_block() in vectors of eight floats. Only these functions may use instructions that not every
// processor supports; has_vectors_of_eight() checks for them.

#include "worker/jpeg/block_blend_kernels.h"

#ifdef __x86_64__

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace wm::jpeg {
namespace {

#define KERNEL [[gnu::target("avx2"), gnu::always_inline]] inline
using Vector = __m256;
constexpr std::size_t width = 8;

/// A block: eight columns, eight rows.
struct Columns {
  Vector at[8];  // not a std::array: as a template argument it would lose its alignment
};

KERNEL Vector of(float value) {
  return _mm256_set1_ps(value);
}

KERNEL Vector load(const float* from) {
  return _mm256_loadu_ps(from);
}

KERNEL void store(float* to, Vector values) {
  _mm256_storeu_ps(to, values);
}

KERNEL Vector load(const std::int16_t* from) {
  return _mm256_cvtepi32_ps(
      _mm256_cvtepi16_epi32(_mm_loadu_si128(static_cast<const __m128i*>(static_cast<const void*>(from)))));
}

/// `values` are whole numbers that fit.
KERNEL void store(std::int16_t* to, Vector values) {
  const __m256i whole = _mm256_cvttps_epi32(values);
  const __m128i shorts = _mm_packs_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
  _mm_storeu_si128(static_cast<__m128i*>(static_cast<void*>(to)), shorts);
}

KERNEL Vector clamped(Vector values, Vector low, Vector high) {
  values = values < low ? low : values;
  return values > high ? high : values;
}

KERNEL void transpose(Columns& block) {
  auto& x = block.at;
  Columns pairs;
  for (std::size_t i = 0; i < 8; i += 2) {
    pairs.at[i] = _mm256_unpacklo_ps(x[i], x[i + 1]);
    pairs.at[i + 1] = _mm256_unpackhi_ps(x[i], x[i + 1]);
  }
  Columns fours;
  for (std::size_t i = 0; i < 8; i += 4) {
    fours.at[i] = _mm256_shuffle_ps(pairs.at[i], pairs.at[i + 2], 0x44);
    fours.at[i + 1] = _mm256_shuffle_ps(pairs.at[i], pairs.at[i + 2], 0xee);
    fours.at[i + 2] = _mm256_shuffle_ps(pairs.at[i + 1], pairs.at[i + 3], 0x44);
    fours.at[i + 3] = _mm256_shuffle_ps(pairs.at[i + 1], pairs.at[i + 3], 0xee);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    x[i] = _mm256_permute2f128_ps(fours.at[i], fours.at[i + 4], 0x20);
    x[i + 4] = _mm256_permute2f128_ps(fours.at[i], fours.at[i + 4], 0x31);
  }
}

template <void (*Pass)(Columns&)>
KERNEL void transform(BlockValues& values) {
  Columns block;
  for (std::size_t row = 0; row < 8; ++row) block.at[row] = load(&values.at[row * 8]);
  Pass(block);
  transpose(block);
  Pass(block);
  for (std::size_t row = 0; row < 8; ++row) store(&values.at[row * 8], block.at[row]);
}

#include "worker/jpeg/blend_kernel.inc"

}  // namespace

[[gnu::target("avx2")]] void blend_block_by_eights(Block& block, const Quantiser& quantiser,
                                                   std::span<const MaskLayer> layers) {
  blend(block, quantiser, layers);
}

bool has_vectors_of_eight() {
  return __builtin_cpu_supports("avx2") != 0;
}

}  // namespace wm::jpeg

#else

namespace wm::jpeg {

void blend_block_by_eights(Block& block, const Quantiser& quantiser, std::span<const MaskLayer> layers) {
  blend_block_by_fours(block, quantiser, layers);
}

bool has_vectors_of_eight() {
  return false;
}

}  // namespace wm::jpeg

#endif
