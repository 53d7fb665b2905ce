#pragma once

// What comes after a JPEG picture's EOI: the pictures of an MPF index, previews that cameras put there,
// gain maps, videos of motion photos, trailers of programs. What shows the unmarked picture goes or is
// reported.

#include <optional>
#include <vector>

#include "worker/container/mpf_index.h"
#include "worker/metadata/containers.h"
#include "worker/metadata/losses.h"
#include "worker/metadata/metadata_plan.h"

namespace wm::metadata {

class JpegTail {
 public:
  /// Borrows `file`.
  JpegTail(ByteSpan file, const JpegSegments& segments, const MetadataPlan& plan, Losses& losses);

  /// Whether the index has pictures left to list.
  [[nodiscard]] bool has_index() const { return index_ && index_->entries.size() > 1; }
  /// A video is gone that the XMP packet may promise.
  [[nodiscard]] bool lost_video() const { return lost_video_; }
  /// Appends what is left to `file`, whose picture has just ended, and corrects the index of the input, which
  /// stands in it at `index_at`; 0: nowhere.
  void append_to(Bytes& file, std::size_t index_at, Losses& losses) const;

 private:
  void read_index(const JpegSegments& segments, Losses& losses);
  void find_unmarked(const JpegSegments& segments, ThumbnailPolicy policy, Losses& losses);
  void remove(std::vector<ByteRange> listed, std::vector<ByteRange> others,
              const std::vector<ByteRange>& kept);
  void drop_from_index();
  [[nodiscard]] Bytes new_index(std::size_t index_at, std::size_t tail_at, Losses& losses) const;

  ByteSpan file_;
  std::size_t begin_ = 0;
  std::optional<MpfIndex> index_;
  std::vector<ByteRange> cut_, wiped_;  // of the input's file, sorted, apart
  bool lost_video_ = false;
};

}  // namespace wm::metadata
