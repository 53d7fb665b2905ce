#pragma once

// The index of a JPEG's further pictures, which lie behind its EOI (CIPA DC-007 Multi-Picture Format):
// previews, gain maps, views. Its offsets count from the index itself, so they change with everything before
// them.

#include <cstdint>
#include <optional>
#include <vector>

#include "worker/metadata/bytes.h"
#include "worker/metadata/losses.h"
#include "worker/metadata/metadata_plan.h"

namespace wm::metadata {

/// Of an input, and as it is to be in the output.
class MpfIndex {
 public:
  /// `index` is the payload of the APP2 segment behind "MPF\0", `index_at` its place in the file, `tail_at`
  /// where the picture ends. None when it cannot be read.
  [[nodiscard]] static std::optional<MpfIndex> read(ByteSpan file, ByteRange index, std::size_t tail_at);

  struct Entry {
    std::uint32_t attributes = 0;
    std::uint64_t at = 0, size = 0;  // in the input's file
    std::uint32_t dependents = 0;    // two numbers of entries
    /// CIPA DC-007 table 4: "large thumbnail" of some size.
    [[nodiscard]] bool is_preview() const { return (attributes & 0xFF0000U) == 0x010000U; }
    /// Of no type: gain maps and the like.
    [[nodiscard]] bool is_undefined() const { return (attributes & 0xFFFFFFU) == 0; }
  };
  /// The first one is the picture itself.
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  /// Leaves out all entries but the first that lie in one of these ranges of the input.
  void drop(const std::vector<ByteRange>& gone);
  /// The index for a file in which it stands at `index_at`, whose first picture ends at `tail_at`, and behind
  /// that has the input's tail without `cut`, which is sorted. As long as it was. Entries that point
  /// elsewhere than into the tail become empty and are reported.
  [[nodiscard]] Bytes index(std::size_t index_at, std::size_t tail_at, const std::vector<ByteRange>& cut,
                            Losses& losses) const;

 private:
  ByteSpan file_;
  ByteSpan index_;
  std::size_t tail_at_ = 0;
  Endian order_ = Endian::big;
  std::size_t count_at_ = 0, entries_size_at_ = 0, entries_at_ = 0;  // in the index
  std::vector<Entry> entries_;
  bool dropped_ = false;
};

}  // namespace wm::metadata
