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

/// What lies behind the picture's EOI in the input, and its index as it is to be in the output.
class MpfIndex {
 public:
  /// `index` is the payload of the APP2 segment behind "MPF\0", `index_at` its place in the file, `tail_at`
  /// where the picture ends. None when it cannot be read.
  [[nodiscard]] static std::optional<MpfIndex> read(ByteSpan file, ByteRange index, std::size_t tail_at);

  /// Takes previews of the picture out of the tail: they show it unmarked.
  void drop_previews(Losses& losses);
  /// How many pictures there are beside the first.
  [[nodiscard]] std::size_t others() const { return entries_.empty() ? 0 : entries_.size() - 1; }
  /// The tail without what was dropped.
  [[nodiscard]] Bytes tail() const;
  /// The index for a file in which it stands at `index_at` and whose first picture ends at `tail_at`. As long
  /// as it was. Entries that point elsewhere than into the tail become empty and are reported.
  [[nodiscard]] Bytes index(std::size_t index_at, std::size_t tail_at, Losses& losses) const;

 private:
  struct Entry {
    std::uint32_t attributes = 0;
    std::uint64_t at = 0, size = 0;  // in the input's file
    std::uint32_t dependents = 0;    // two numbers of entries
  };
  ByteSpan file_;
  ByteSpan index_;
  std::size_t tail_at_ = 0;
  Endian order_ = Endian::big;
  std::size_t count_at_ = 0, entries_size_at_ = 0, entries_at_ = 0;  // in the index
  std::vector<Entry> entries_;
  std::vector<ByteRange> dropped_;  // of the file, sorted, apart
};

}  // namespace wm::metadata
