#include "worker/jpeg/lanes/lane_run.h"

#include <algorithm>
#include <bit>

namespace wm::jpeg {

LaneState LaneVector::get(std::size_t lane) const {
  return {.position = position[lane],
          .last = last[lane],
          .slot = slot[lane],
          .table = table[lane],
          .sums = {sums[0][lane], sums[1][lane], sums[2][lane]},
          .mcus = mcus[lane]};
}

void LaneVector::set(std::size_t lane, const LaneState& state) {
  position[lane] = state.position;
  last[lane] = state.last;
  slot[lane] = state.slot;
  table[lane] = state.table;
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i][lane] = state.sums[i];
  mcus[lane] = state.mcus;
}

void LaneRun::run(const LaneTables& tables, const std::uint8_t* bits,
                  const std::array<std::uint32_t, lanes>& begins,
                  const std::array<std::uint32_t, lanes>& stops, std::uint32_t limit) {
  tables_ = &tables;
  bits_ = bits;
  done_ = taken_ = alone_ = 0;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    state_[lane / LaneVector::width].set(lane % LaneVector::width, lane_at(begins[lane], tables));
    stops_[lane / LaneVector::width][lane % LaneVector::width] = stops[lane];
  }
  ranges_.fill({});
  const std::uint32_t part = (limit - begins[0]) / static_cast<std::uint32_t>(lanes);
  const std::uint32_t most = 2 + part / steps_between_snapshots / slowest_step;
  if (most > room_) {
    snapshots_ = std::make_unique_for_overwrite<LaneVector[]>(std::size_t{most} * vectors);
    room_ = most;
  }
  while (taken_ < most && alone_ < most * steps_between_snapshots &&
         lanes - static_cast<unsigned>(std::popcount(done_)) > stragglers) {
    step_in_vectors(limit);
    std::copy(state_.begin(), state_.end(), &snapshots_[taken_ * vectors]);
    ++taken_;
    note_stops(limit);
  }
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    if ((done_ >> lane & 1) == 0) ranges_[lane].last = taken_;
  }
}

void LaneRun::note_stops(std::uint32_t limit) {
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    const std::size_t vector = lane / LaneVector::width;
    const std::size_t at = lane % LaneVector::width;
    const std::uint32_t position = state_[vector].position[at];
    if ((done_ >> lane & 1) != 0 || position < stops_[vector][at]) continue;
    end_range(lane, position < limit ? taken_ : taken_ - 1);
  }
}

void LaneRun::end_range(std::size_t lane, std::uint32_t last) {
  ranges_[lane].last = last;
  done_ |= 1U << lane;
}

void LaneRun::step_alone(std::size_t vector, unsigned lanes_of_vector) {
  for (unsigned left = lanes_of_vector; left != 0; left &= left - 1) {
    const auto at = static_cast<std::size_t>(std::countr_zero(left));
    const std::size_t lane = vector * LaneVector::width + at;
    LaneState state = state_[vector].get(at);
    if (!step_symbol(*tables_, bits_, state)) {
      state = lane_at(state.position + 1, *tables_);
      restart_range(lane);
    }
    state_[vector].set(at, state);
    ++alone_;
  }
}

void LaneRun::restart_range(std::size_t lane) {
  if ((done_ >> lane & 1) != 0) return;
  if (lane == 0) {
    end_range(lane, taken_);
  } else {
    ranges_[lane].first = taken_;
  }
}

#ifndef __x86_64__
bool LaneRun::is_possible() {
  return false;
}
void LaneRun::step_in_vectors(std::uint32_t /*limit*/) {}
#endif

}  // namespace wm::jpeg
