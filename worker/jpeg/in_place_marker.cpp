#include "worker/jpeg/in_place_marker.h"

#include <optional>
#include <utility>

#include "worker/jpeg/coefficient_rewrite.h"
#include "worker/jpeg/coverage.h"
#include "worker/jpeg/damaged_jpeg.h"
#include "worker/jpeg/not_in_place.h"
#include "worker/jpeg/splice.h"
#include "worker/jpeg/standard_tables.h"

namespace wm::jpeg {
namespace {

Refusal refusal(Reason reason) {
  return {.reason = reason, .text = std::string(text_of(reason))};
}

MarkedJpeg unmarked(const Candidate& candidate, Path path, const Coverage& coverage) {
  return {.path = path, .mcus = candidate.geometry.mcu_count(), .touched_mcus = coverage.touched_mcus()};
}

/// Nullopt when the file's Huffman tables lack codes and cannot get them.
std::optional<MarkedJpeg> spliced(Bytes file, const Candidate& candidate, Coverage& coverage,
                                  const WalkOptions& walk) {
  MarkedJpeg marked = unmarked(candidate, Path::splice, coverage);
  try {
    Spliced result = splice(file, candidate.header, candidate.geometry, coverage, walk);
    marked.kept_bytes = result.kept_bytes;
    marked.bytes = std::move(result.bytes);
    marked.blended_blocks = result.blended_blocks;
    marked.changed = result.changed;
    marked.added_codes = result.added_codes;
    marked.tail_bytes = result.tail_bytes;
  } catch (const MissingCode&) {
    return std::nullopt;
  }
  return marked;
}

MarkedJpeg rewritten(Bytes file, const Candidate& candidate, const Limits& limits, Coverage& coverage) {
  MarkedJpeg marked = unmarked(candidate, Path::coefficients, coverage);
  Rewritten result = rewrite_coefficients(file, candidate.header, candidate.geometry, limits, coverage);
  marked.bytes = std::move(result.bytes);
  marked.blended_blocks = result.blended_blocks;
  marked.changed = result.changed;
  return marked;
}

std::size_t size_of(const MarkedJpeg& marked) {
  return marked.kept_bytes + marked.bytes.size();
}

/// Whether the file has grown by more than docs/jpeg_in_place.md promises. A splice codes marks with tables
/// made for the picture alone; then tables made for both are worth the time.
bool has_grown_much(Bytes file, const Candidate& candidate, const MarkedJpeg& marked) {
  const std::size_t blocks =
      marked.touched_mcus * static_cast<std::size_t>(candidate.geometry.blocks_per_mcu());
  return size_of(marked) > file.size() + file.size() / 50 + 12 * blocks;
}

}  // namespace

std::vector<std::byte> whole(Bytes file, const MarkedJpeg& marked) {
  const Bytes kept = file.first(marked.kept_bytes);
  std::vector<std::byte> bytes;
  bytes.reserve(size_of(marked));
  bytes.assign(kept.begin(), kept.end());
  bytes.insert(bytes.end(), marked.bytes.begin(), marked.bytes.end());
  return bytes;
}

Examination examine(Bytes file, const Limits& limits) {
  try {
    Candidate candidate{.header = read_header(file)};
    add_standard_tables(candidate.header);
    const auto choice = choose_path(candidate.header, limits);
    if (const Reason* reason = std::get_if<Reason>(&choice)) return refusal(*reason);
    candidate.path = std::get<Path>(choice);
    candidate.geometry = geometry_of(candidate.header.frame);
    candidate.size = candidate.geometry.picture;
    candidate.colours = colour_model_of(candidate.header);
    return candidate;
  } catch (const DamagedJpeg& damage) {
    return Damage{damage.what()};
  }
}

MarkedJpeg InPlaceMarker::mark_or_throw(Bytes file, const Candidate& candidate,
                                        std::span<const MarkLayer> layers) {
  Coverage coverage(candidate.geometry, candidate.colours, layers, cache_);
  if (candidate.path == Path::coefficients) return rewritten(file, candidate, limits_, coverage);
  std::optional<MarkedJpeg> marked = spliced(file, candidate, coverage, walk_);
  if (marked && !has_grown_much(file, candidate, *marked)) return std::move(*marked);
  coverage.rewind();
  if (!marked) return rewritten(file, candidate, limits_, coverage);
  try {
    MarkedJpeg smaller = rewritten(file, candidate, limits_, coverage);
    if (size_of(smaller) < size_of(*marked)) return smaller;
  } catch (const DamagedJpeg&) {
    // libjpeg rejects damage that the splice tolerates.
  } catch (const NotInPlace&) {
    // Too large to hold all coefficients.
  }
  return std::move(*marked);
}

MarkResult InPlaceMarker::mark(Bytes file, const Candidate& candidate, std::span<const MarkLayer> layers) {
  try {
    return mark_or_throw(file, candidate, layers);
  } catch (const DamagedJpeg& damage) {
    return Damage{damage.what()};
  } catch (const NotInPlace& reason) {
    return refusal(reason.reason());
  }
}

}  // namespace wm::jpeg
