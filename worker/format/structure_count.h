#pragma once

// Parts of file_structure.cpp: the count that each format's walk adds to, and total reads of numbers.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "worker/format/file_structure.h"

namespace wm::structure {

using Bytes = std::span<const std::byte>;

enum class Order : std::uint8_t { little, big };

/// 0 where the number is not inside.
[[nodiscard]] inline std::uint64_t number_at(Bytes bytes, std::uint64_t at, std::size_t size, Order order) {
  if (at > bytes.size() || bytes.size() - at < size) return 0;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value = value << 8 | std::to_integer<std::uint64_t>(bytes[at + (order == Order::big ? i : size - 1 - i)]);
  }
  return value;
}

[[nodiscard]] inline bool inside(Bytes bytes, std::uint64_t at, std::uint64_t size) {
  return at <= bytes.size() && size <= bytes.size() - at;
}

/// What of [at, at + size) exists.
[[nodiscard]] inline Bytes part(Bytes bytes, std::uint64_t at, std::uint64_t size = UINT64_MAX) {
  if (at >= bytes.size()) return {};
  return bytes.subspan(at, static_cast<std::size_t>(std::min<std::uint64_t>(size, bytes.size() - at)));
}

[[nodiscard]] inline std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class Count {
 public:
  explicit Count(const StructureBounds& bounds) : bounds_(bounds) { found.pages = 0; }

  // Each adds; false when that was too much and the walk has to end.
  bool parts(std::uint64_t more = 1) { return add(found.parts, more, bounds_.parts, Excess::parts); }
  bool page() { return add(found.pages, 1, bounds_.pages, Excess::pages); }
  bool scan() { return add(found.scans, 1, bounds_.scans, Excess::scans); }
  bool metadata(std::uint64_t more) {
    return add(found.metadata_bytes, more, bounds_.metadata_bytes, Excess::metadata);
  }
  [[nodiscard]] std::uint64_t metadata_left() const {
    return bounds_.metadata_bytes - std::min(found.metadata_bytes, bounds_.metadata_bytes);
  }

  FileStructure found;

 private:
  bool add(std::uint64_t& to, std::uint64_t more, std::uint64_t bound, Excess excess) {
    if (found.excess) return false;
    to += std::min(more, bound + 1);
    if (to <= bound) return true;
    found.excess = excess;
    return false;
  }
  StructureBounds bounds_;
};

void count_jpeg(Bytes file, Count& count);
void count_png(Bytes file, Count& count);
void count_gif(Bytes file, Count& count);
void count_webp(Bytes file, Count& count);
void count_tiff(Bytes file, Count& count);
void count_heif(Bytes file, Count& count);
/// With or without "Exif\0\0" before it.
void count_exif(Bytes block, Count& count);

}  // namespace wm::structure
