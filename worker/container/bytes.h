#pragma once

// Reading and writing numbers in bytes that may be hostile. Reads are total: bytes outside read as zero or
// empty, so a damaged file can lead to a wrong answer but never to an invalid access. Pure.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace wm::container {

using namespace std::string_view_literals;

using Bytes = std::vector<std::byte>;
using ByteSpan = std::span<const std::byte>;

enum class Endian : std::uint8_t { little, big };

[[nodiscard]] inline bool inside(ByteSpan bytes, std::size_t at, std::size_t size) {
  return at <= bytes.size() && size <= bytes.size() - at;
}

/// The part of [at, at + size) that exists.
[[nodiscard]] inline ByteSpan part(ByteSpan bytes, std::size_t at, std::size_t size = SIZE_MAX) {
  if (at >= bytes.size()) return {};
  return bytes.subspan(at, std::min(size, bytes.size() - at));
}

[[nodiscard]] inline std::uint8_t u8(ByteSpan bytes, std::size_t at) {
  return at < bytes.size() ? std::to_integer<std::uint8_t>(bytes[at]) : std::uint8_t{0};
}

/// A number of up to eight bytes; 0 unless all of them are inside.
[[nodiscard]] inline std::uint64_t number_at(ByteSpan bytes, std::size_t at, std::size_t size, Endian order) {
  if (!inside(bytes, at, size)) return 0;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value = value << 8 | u8(bytes, at + (order == Endian::big ? i : size - 1 - i));
  }
  return value;
}
[[nodiscard]] inline std::uint16_t u16(ByteSpan bytes, std::size_t at, Endian order = Endian::big) {
  return static_cast<std::uint16_t>(number_at(bytes, at, 2, order));
}
[[nodiscard]] inline std::uint32_t u32(ByteSpan bytes, std::size_t at, Endian order = Endian::big) {
  return static_cast<std::uint32_t>(number_at(bytes, at, 4, order));
}
[[nodiscard]] inline std::uint64_t u64(ByteSpan bytes, std::size_t at, Endian order = Endian::big) {
  return number_at(bytes, at, 8, order);
}

/// Overwrites; does nothing where the number would not fit.
inline void put_number(std::span<std::byte> bytes, std::size_t at, std::uint64_t value, std::size_t size,
                       Endian order) {
  if (!inside(bytes, at, size)) return;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t shift = 8 * (order == Endian::big ? size - 1 - i : i);
    bytes[at + i] = static_cast<std::byte>(value >> shift & 0xFF);
  }
}
inline void put_u16(std::span<std::byte> bytes, std::size_t at, std::uint32_t value, Endian order) {
  put_number(bytes, at, value, 2, order);
}
inline void put_u32(std::span<std::byte> bytes, std::size_t at, std::uint32_t value, Endian order) {
  put_number(bytes, at, value, 4, order);
}

inline void append(Bytes& bytes, ByteSpan more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}
inline void append(Bytes& bytes, std::string_view more) {
  append(bytes, std::as_bytes(std::span(more)));
}
inline void append_u8(Bytes& bytes, std::uint32_t value) {
  bytes.push_back(static_cast<std::byte>(value & 0xFF));
}
inline void append_u16(Bytes& bytes, std::uint32_t value, Endian order = Endian::big) {
  bytes.resize(bytes.size() + 2);
  put_u16(bytes, bytes.size() - 2, value, order);
}
inline void append_u32(Bytes& bytes, std::uint32_t value, Endian order = Endian::big) {
  bytes.resize(bytes.size() + 4);
  put_u32(bytes, bytes.size() - 4, value, order);
}
inline void append_u64(Bytes& bytes, std::uint64_t value, Endian order = Endian::big) {
  bytes.resize(bytes.size() + 8);
  put_number(bytes, bytes.size() - 8, value, 8, order);
}

[[nodiscard]] inline Bytes to_bytes(ByteSpan bytes) {
  return {bytes.begin(), bytes.end()};
}
[[nodiscard]] inline Bytes to_bytes(std::string_view text) {
  return to_bytes(std::as_bytes(std::span(text)));
}
[[nodiscard]] inline std::string_view text_of(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
[[nodiscard]] inline bool starts_with(ByteSpan bytes, std::string_view head) {
  return text_of(bytes).starts_with(head);
}
[[nodiscard]] inline bool equal(ByteSpan a, ByteSpan b) {
  return std::ranges::equal(a, b);
}

/// Bytes [begin, end) of a block.
struct ByteRange {
  std::size_t begin = 0, end = 0;
  [[nodiscard]] bool empty() const { return begin >= end; }
  [[nodiscard]] bool overlaps(const ByteRange& other) const {
    return !empty() && !other.empty() && begin < other.end && other.begin < end;
  }
};

inline void wipe(Bytes& bytes, ByteRange range) {
  for (std::size_t i = range.begin; i < std::min(range.end, bytes.size()); ++i) bytes[i] = std::byte{0};
}

}  // namespace wm::container
