#include "worker/jpeg/lanes/survey.h"

#include <algorithm>

namespace wm::jpeg {

bool Survey::is_possible(const std::vector<McuBlock>& mcu) {
  return LaneTables::suit(mcu) && LaneRun::is_possible();
}

Survey::Survey(const Header& header, const std::vector<McuBlock>& mcu, LaneEntryCache* cache)
    : tables_(cache != nullptr ? LaneTables(cache->get(header), mcu) : LaneTables(header, mcu)) {}

void Survey::Counts::add(const LaneState& state) {
  mcus += state.mcus;
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += state.sums[i];
}

void Survey::Counts::subtract(const LaneState& state) {
  mcus -= state.mcus;
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] -= state.sums[i];
}

void Survey::make(const ScanWindow& window, std::size_t position) {
  const auto begin = static_cast<std::uint32_t>(position);
  const auto end = static_cast<std::uint32_t>(window.safe_end());
  const auto part = static_cast<std::uint32_t>((end - begin) / LaneRun::lanes);
  std::array<std::uint32_t, LaneRun::lanes> begins{};
  std::array<std::uint32_t, LaneRun::lanes> stops{};
  for (std::uint32_t lane = 0; lane < LaneRun::lanes; ++lane) {
    begins[lane] = begin + lane * part;
    stops[lane] = std::min(begins[lane] + part + overrun, end);
  }
  stops.back() = end;
  run_.run(tables_, window.bits(), begins, stops, end);
  join(window.bits(), lane_at(begin, tables_));
}

void Survey::join(const std::uint8_t* bits, LaneState truth) {
  stretches_.assign(1, {.range = run_.range(0)});
  if (run_.range(0).last != 0) truth = run_.snapshot(0, run_.range(0).last - 1);
  Counts before;  // the part not counted in `truth`
  unsigned misses = 0;
  for (std::size_t lane = 1; lane < LaneRun::lanes; ++lane) {
    // Restarted, so that it cannot overflow however far the lane goes.
    before.add(truth);
    truth.sums = {};
    truth.mcus = 0;
    const auto met = meet(lane, bits, truth);
    if (!met) {
      if (++misses > most_misses) return;
      continue;
    }
    before.add(truth);
    before.subtract(run_.snapshot(lane, *met));
    stretches_.push_back({.lane = lane, .range = {*met, run_.range(lane).last}, .before = before});
    truth = run_.snapshot(lane, run_.range(lane).last - 1);
  }
}

std::optional<std::uint32_t> Survey::meet(std::size_t lane, const std::uint8_t* bits, LaneState& truth) {
  const LaneRun::Range range = run_.range(lane);
  for (std::uint32_t index = range.first; index < range.last; ++index) {
    const LaneState other = run_.snapshot(lane, index);
    while (truth.position < other.position) {
      if (!step(tables_, bits, truth)) return std::nullopt;
    }
    if (truth.is_where(other)) return index;
  }
  return std::nullopt;
}

Checkpoint Survey::checkpoint(const Stretch& stretch, std::uint32_t index) const {
  const LaneState state = run_.snapshot(stretch.lane, index);
  Counts counts = stretch.before;
  counts.add(state);
  Checkpoint result{
      .mcus = static_cast<std::size_t>(counts.mcus),
      .differences = {counts.sums[0] - counts.sums[1] - counts.sums[2], counts.sums[1], counts.sums[2]},
      .position = state.position,
      .slot = state.slot};
  if (state.table != tables_.start()[state.slot]) result.last = state.last;
  return result;
}

std::optional<Checkpoint> Survey::last_before(std::size_t mcus) const {
  for (std::size_t i = stretches_.size(); i-- > 0;) {
    const Stretch& stretch = stretches_[i];
    // The first snapshot at which at least `mcus` have ended.
    std::uint32_t first = stretch.range.first;
    std::uint32_t after = stretch.range.last;
    while (first < after) {
      const std::uint32_t middle = first + (after - first) / 2;
      if (checkpoint(stretch, middle).mcus < mcus) {
        first = middle + 1;
      } else {
        after = middle;
      }
    }
    if (first != stretch.range.first) return checkpoint(stretch, first - 1);
  }
  return std::nullopt;
}

}  // namespace wm::jpeg
