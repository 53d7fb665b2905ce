#include "worker/jpeg/in_place_marker.h"

#include "worker/jpeg/coefficient_rewrite.h"
#include "worker/jpeg/cost.h"
#include "worker/jpeg/coverage.h"
#include "worker/jpeg/damaged_jpeg.h"
#include "worker/jpeg/not_in_place.h"
#include "worker/jpeg/splice.h"

namespace wm::jpeg {
namespace {

Refusal refusal(Reason reason) {
  return {.reason = reason, .text = std::string(text_of(reason))};
}

void check_costs(Bytes file, const Candidate& candidate, const Coverage& coverage) {
  const auto blocks_per_mcu = static_cast<std::size_t>(candidate.geometry.blocks_per_mcu());
  const Work work{.file_bytes = file.size(),
                  .pixels = static_cast<std::size_t>(candidate.size.width) *
                            static_cast<std::size_t>(candidate.size.height),
                  .blocks = candidate.geometry.mcu_count() * blocks_per_mcu,
                  .progressive = candidate.header.frame.marker == marker::sof2,
                  .blended_blocks = coverage.placed_mcus() * blocks_per_mcu};
  if (cost_in_place(candidate.path, work) > cost_of_pixels(work)) throw NotInPlace(Reason::costs);
}

}  // namespace

Examination examine(Bytes file, const Limits& limits) {
  try {
    Candidate candidate{.header = read_header(file)};
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
                                        std::span<const MarkLayer> layers, LargeCoverage large) {
  Coverage coverage(candidate.geometry, candidate.colours, layers, cache_);
  if (large == LargeCoverage::by_cost) check_costs(file, candidate, coverage);
  MarkedJpeg marked{.path = candidate.path,
                    .mcus = candidate.geometry.mcu_count(),
                    .touched_mcus = coverage.touched_mcus()};
  if (candidate.path == Path::splice) {
    try {
      Spliced spliced = splice(file, candidate.header, candidate.geometry, coverage, walk_);
      marked.bytes = std::move(spliced.bytes);
      marked.blended_blocks = spliced.blended_blocks;
      marked.added_codes = spliced.added_codes;
      return marked;
    } catch (const MissingCode&) {
      marked.path = Path::coefficients;
    }
    coverage.rewind();
  }
  Rewritten rewritten = rewrite_coefficients(file, candidate.header, candidate.geometry, limits_, coverage);
  marked.bytes = std::move(rewritten.bytes);
  marked.blended_blocks = rewritten.blended_blocks;
  return marked;
}

MarkResult InPlaceMarker::mark(Bytes file, const Candidate& candidate, std::span<const MarkLayer> layers,
                               LargeCoverage large) {
  try {
    return mark_or_throw(file, candidate, layers, large);
  } catch (const DamagedJpeg& damage) {
    return Damage{damage.what()};
  } catch (const NotInPlace& reason) {
    return refusal(reason.reason());
  }
}

}  // namespace wm::jpeg
