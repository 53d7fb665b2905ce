#pragma once

// Puts marks into a JPEG file without decoding and encoding the picture: bytes and marks in, bytes or a
// reason out. Coefficients outside of the MCUs that the marks' boxes touch, quantisation tables, sampling and
// all other segments stay what they were; see docs/jpeg_in_place.md. Knows neither libvips nor the segment
// and does not log.
//
//   const Examination examined = examine(file);
//   if (const auto* candidate = std::get_if<Candidate>(&examined)) {
//     // place and prepare marks for candidate->size and candidate->colours, then
//     MarkResult result = marker.mark(file, *candidate, layers);
//   }

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "worker/jpeg/eligibility.h"
#include "worker/jpeg/lanes/lane_tables.h"
#include "worker/jpeg/mark_layer.h"
#include "worker/jpeg/mark_plane_cache.h"
#include "worker/jpeg/scan_geometry.h"
#include "worker/jpeg/segments.h"
#include "worker/jpeg/walk_options.h"

namespace wm::jpeg {

/// A sound file that this cannot do. It has to go to pixels.
struct Refusal {
  Reason reason{};
  std::string text;  // for logs
};

/// The file breaks the format; libjpeg would warn or fail. What that means is the caller's rule, the same as
/// for pixels. Decoders accept some of what is reported here.
struct Damage {
  std::string text;
};

/// A file that can be marked in place as far as its header tells. Borrows the file's bytes.
struct Candidate {
  Path path{};
  Size size;              // stored pixels
  ColourModel colours{};  // grey: marks have 1 sample a pixel, otherwise 3
  Header header;
  ScanGeometry geometry;
};

struct MarkedJpeg {
  std::size_t kept_bytes = 0;    // the new file begins with so many bytes of the old one
  std::vector<std::byte> bytes;  // what comes after them
  Path path{};  // the one that was taken: a splice that lacks codes, or grows much, becomes a rewrite
  std::size_t mcus = 0, touched_mcus = 0;
  std::size_t blended_blocks = 0;  // of all components
  std::size_t added_codes = 0;     // Huffman codes that a splice added to the file's tables
  std::size_t tail_bytes = 0;      // of a splice: how many come after EOI
};

/// The new file in one piece. `file` is the old one.
[[nodiscard]] std::vector<std::byte> whole(Bytes file, const MarkedJpeg& marked);

using Examination = std::variant<Candidate, Refusal, Damage>;
using MarkResult = std::variant<MarkedJpeg, Refusal, Damage>;

/// Reads the header only. Throws std::bad_alloc and nothing else.
[[nodiscard]] Examination examine(Bytes file, const Limits& limits = {});

/// One for each thread.
class InPlaceMarker {
 public:
  /// Keeps prepared planes of marks up to `cache_bytes`.
  explicit InPlaceMarker(const Limits& limits = {}, std::size_t cache_bytes = std::size_t{8} << 20,
                         const WalkOptions& walk = {})
      : limits_(limits), cache_(cache_bytes), walk_(walk) {
    walk_.lane_entries = lane_entries_.get();
  }

  /// `candidate` is what examine() returned for `file`. Layers go over each other in their order. Throws
  /// std::invalid_argument for a mark without the samples that candidate.colours asks for; std::bad_alloc.
  [[nodiscard]] MarkResult mark(Bytes file, const Candidate& candidate, std::span<const MarkLayer> layers);

 private:
  MarkedJpeg mark_or_throw(Bytes file, const Candidate& candidate, std::span<const MarkLayer> layers);

  Limits limits_;
  MarkPlaneCache cache_;
  std::unique_ptr<LaneEntryCache> lane_entries_ = std::make_unique<LaneEntryCache>();
  WalkOptions walk_;
};

}  // namespace wm::jpeg
