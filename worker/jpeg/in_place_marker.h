#pragma once

// Puts marks into a JPEG file without decoding and encoding the picture: takes bytes and marks, returns bytes
// or a reason. Coefficients outside of the MCUs that the marks' boxes touch, quantisation tables, sampling
// and all other segments are unchanged; see docs/jpeg_in_place.md. Independent of libvips and of the shared
// memory segment; does not log.
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

/// A sound file that cannot be marked in place and must be marked through pixels.
struct Refusal {
  Reason reason{};
  std::string text;  // for logs
};

/// The file violates the format; libjpeg would warn or fail. The caller decides about the consequences, as
/// for pixels. Decoders accept some of the damage reported here.
struct Damage {
  std::string text;
};

/// A file that can be marked in place, judging by its header. Borrows the file's bytes.
struct Candidate {
  Path path{};
  Size size;              // stored pixels
  ColourModel colours{};  // grey: marks have 1 sample a pixel, otherwise 3
  Header header;
  ScanGeometry geometry;
};

struct MarkedJpeg {
  std::size_t kept_bytes = 0;    // length of the new file's beginning that equals the old file's
  std::vector<std::byte> bytes;  // the rest of the new file, after these bytes
  Path path{};  // the path taken: a splice that lacks codes, or grows much, becomes a rewrite
  std::size_t mcus = 0, touched_mcus = 0;
  std::size_t blended_blocks = 0;  // of all components
  bool changed = false;            // whether the marks changed any coefficient
  std::size_t added_codes = 0;     // Huffman codes that a splice added to the file's tables
  std::size_t tail_bytes = 0;      // of a splice: bytes after EOI
};

/// The complete new file. `file` is the old one.
[[nodiscard]] std::vector<std::byte> whole(Bytes file, const MarkedJpeg& marked);

using Examination = std::variant<Candidate, Refusal, Damage>;
using MarkResult = std::variant<MarkedJpeg, Refusal, Damage>;

/// Reads the header only. Throws only std::bad_alloc.
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

  /// `candidate` is the result of examine() for `file`. Layers are blended in order. Throws
  /// std::invalid_argument for a mark without the samples required by candidate.colours; std::bad_alloc.
  [[nodiscard]] MarkResult mark(Bytes file, const Candidate& candidate, std::span<const MarkLayer> layers);

 private:
  MarkedJpeg mark_or_throw(Bytes file, const Candidate& candidate, std::span<const MarkLayer> layers);

  Limits limits_;
  MarkPlaneCache cache_;
  std::unique_ptr<LaneEntryCache> lane_entries_ = std::make_unique<LaneEntryCache>();
  WalkOptions walk_;
};

}  // namespace wm::jpeg
