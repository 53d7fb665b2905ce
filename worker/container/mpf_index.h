#pragma once

// The index of a JPEG's further pictures, which are stored after its EOI (CIPA DC-007 Multi-Picture Format):
// previews, gain maps, views. Its offsets are relative to the index itself, so they change whenever bytes
// before the pictures do. Borrows the file's bytes. Pure.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "worker/container/bytes.h"
#include "worker/container/jpeg_segments.h"

namespace wm::container {

struct MpfEntry {
  std::uint32_t attributes = 0, size = 0;
  std::uint32_t offset = 0;      // from the index; 0: the picture that the index is in
  std::uint32_t dependents = 0;  // two numbers of entries
  /// CIPA DC-007 table 4: "large thumbnail" of some size.
  [[nodiscard]] bool is_preview() const { return (attributes & 0xFF0000U) == 0x010000U; }
  /// Without a type: gain maps and the like.
  [[nodiscard]] bool is_undefined() const { return (attributes & 0xFFFFFFU) == 0; }
};

class MpfIndex {
 public:
  /// Reads an APP2 segment with "MPF\0". Nullopt when it cannot be read.
  [[nodiscard]] static std::optional<MpfIndex> read(const JpegSegment& segment);

  std::vector<MpfEntry> entries;  // the first one is the picture itself

  [[nodiscard]] ByteRange range() const { return range_; }  // of the file that was read
  [[nodiscard]] ByteSpan bytes() const { return bytes_; }
  /// Whether the index has the mandatory field with the number of pictures.
  [[nodiscard]] bool is_counted() const { return count_at_ != 0; }
  /// The position of an entry's picture in the file that was read.
  [[nodiscard]] std::uint64_t place(const MpfEntry& entry) const {
    return entry.offset == 0 ? 0 : range_.begin + std::uint64_t{entry.offset};
  }
  /// Writes `entries`, at most as many as were read, into a copy of the index. Unused places become zeros.
  void write(std::span<std::byte> index) const;

 private:
  ByteRange range_;
  ByteSpan bytes_;
  Endian order_ = Endian::big;
  std::size_t count_at_ = 0, entries_size_at_ = 0, entries_at_ = 0, places_ = 0;
};

}  // namespace wm::container
