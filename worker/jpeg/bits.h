#pragma once

// Reading bits at any position of a buffer, first bit topmost. Callers ensure that 8 bytes can be read.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace wm::jpeg {

[[nodiscard]] inline std::uint64_t load_big_endian(const std::uint8_t* bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  if constexpr (std::endian::native == std::endian::little) value = __builtin_bswap64(value);
  return value;
}

inline void store_big_endian(std::uint8_t* bytes, std::uint64_t value) {
  if constexpr (std::endian::native == std::endian::little) value = __builtin_bswap64(value);
  std::memcpy(bytes, &value, sizeof value);
}

/// At least 57 bits starting at bit `position`, topmost first; followed by zeros.
[[nodiscard]] inline std::uint64_t bits_at(const std::uint8_t* bytes, std::size_t position) {
  return load_big_endian(bytes + (position >> 3)) << (position & 7);
}

/// The value of `size` magnitude bits, topmost in `window`: ITU T.81 figure F.12. 0 <= size <= 16.
[[nodiscard]] inline int magnitude(std::uint64_t window, unsigned size) {
  const auto bits = static_cast<int>(window >> 1 >> (63 - size));
  const int negative = static_cast<int>(window >> 63) ^ 1;  // a first bit of 0
  return bits - (negative * ((1 << size) - 1));
}

/// Whether one of the 8 bytes is 0xFF.
[[nodiscard]] constexpr bool has_ff_byte(std::uint64_t value) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  return ((~value - ones) & value & (ones << 7)) != 0;
}

}  // namespace wm::jpeg
