#pragma once

// Four numbers at a time, by the compilers' own vectors: GCC turns loops that clamp into branches, one number
// each. Every machine has the same results. Pure.

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace wm::jpeg {

using Four [[gnu::vector_size(16)]] = float;
using FourInts [[gnu::vector_size(16)]] = std::int32_t;
using FourShorts [[gnu::vector_size(8)]] = std::int16_t;

[[nodiscard]] inline Four four_of(float value) {
  return Four{value, value, value, value};
}

[[nodiscard]] inline Four load_four(const float* from) {
  Four values;
  std::memcpy(&values, from, sizeof values);
  return values;
}

inline void store_four(float* to, Four values) {
  std::memcpy(to, &values, sizeof values);
}

[[nodiscard]] inline Four load_four(const std::int16_t* from) {
  FourShorts values;
  std::memcpy(&values, from, sizeof values);
  return __builtin_convertvector(__builtin_convertvector(values, FourInts), Four);
}

/// The values have no fraction and fit.
inline void store_four(std::int16_t* to, Four values) {
  const auto shorts = __builtin_convertvector(__builtin_convertvector(values, FourInts), FourShorts);
  std::memcpy(to, &shorts, sizeof shorts);
}

[[nodiscard]] inline Four clamped(Four values, Four low, Four high) {
  values = values < low ? low : values;
  return values > high ? high : values;
}

}  // namespace wm::jpeg
