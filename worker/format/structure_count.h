#pragma once

// Internal to file_structure.cpp: the count that each format's walk adds to.

#include <algorithm>
#include <cstdint>

#include "worker/container/bytes.h"
#include "worker/format/file_structure.h"

namespace wm::structure {

using namespace container;

class Count {
 public:
  explicit Count(const StructureBounds& bounds) : bounds_(bounds) { found.pages = 0; }

  // Each of these adds; false when a bound is exceeded and the walk has to end.
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

void count_jpeg(ByteSpan file, Count& count);
void count_png(ByteSpan file, Count& count);
void count_gif(ByteSpan file, Count& count);
void count_webp(ByteSpan file, Count& count);
void count_tiff(ByteSpan file, Count& count);
void count_heif(ByteSpan file, Count& count);
/// With or without "Exif\0\0" before it.
void count_exif(ByteSpan block, Count& count);

}  // namespace wm::structure
