#pragma once

// The data after a JPEG picture's EOI: the pictures of an MPF index, cameras' previews, gain maps, videos of
// motion photos, trailers of programs. Parts that show the unmarked picture are removed or reported.

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

  /// Whether pictures remain for the index to list.
  [[nodiscard]] bool has_index() const { return index_ && index_->entries.size() > 1; }
  /// Whether a video was removed that the XMP packet may promise.
  [[nodiscard]] bool lost_video() const { return lost_video_; }
  /// Appends the remaining data to `file`, whose picture has just ended, and corrects the input's index,
  /// which is in `file` at `index_at`; 0: it is not there.
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
  std::vector<ByteRange> cut_, wiped_;  // in the input's file, sorted, disjoint
  bool lost_video_ = false;
};

}  // namespace wm::metadata
