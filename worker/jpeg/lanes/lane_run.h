#pragma once

// Sixteen lanes that walk over a window at once, and snapshots of their states. A single lane mostly waits
// for its table's entry to load; many lanes have their loads in flight together. Lanes step in vectors of
// eight, without branches in the usual case. Processors without AVX2 have no lanes. The work is bounded,
// whatever the bits are. One thread. Throws only std::bad_alloc.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "worker/jpeg/lanes/lane_state.h"
#include "worker/jpeg/lanes/lane_tables.h"

namespace wm::jpeg {

/// The states of eight lanes.
struct alignas(32) LaneVector {
  static constexpr std::size_t width = 8;
  using Words = std::array<std::uint32_t, width>;
  Words position, last, slot, table;
  std::array<std::array<std::int32_t, width>, 3> sums;
  Words mcus;

  [[nodiscard]] LaneState get(std::size_t lane) const;
  void set(std::size_t lane, const LaneState& state);
};

class LaneRun {
 public:
  static constexpr std::size_t vectors = 2;
  static constexpr std::size_t lanes = vectors * LaneVector::width;
  static constexpr unsigned steps_between_snapshots = 128;
  /// The number of bits that lanes may read after the limit.
  static constexpr std::uint32_t longest_overshoot = steps_between_snapshots * 32 + 64;

  /// Indices of snapshots: `first` up to, but not including, `last`.
  struct Range {
    std::uint32_t first = 0, last = 0;
  };

  [[nodiscard]] static bool is_possible();

  /// Lane i begins with a guess at `begins[i]` and is done at `stops[i]`; lane 0 is known to be at the start
  /// of an MCU. A lane whose guess is disproved makes another one. No lane reads further than
  /// longest_overshoot after `limit`. A few lanes that lag far behind the others are abandoned.
  void run(const LaneTables& tables, const std::uint8_t* bits, const std::array<std::uint32_t, lanes>& begins,
           const std::array<std::uint32_t, lanes>& stops, std::uint32_t limit);

  /// For lane 0: all its snapshots. For the others: those since their last guess.
  [[nodiscard]] Range range(std::size_t lane) const { return ranges_[lane]; }
  [[nodiscard]] LaneState snapshot(std::size_t lane, std::uint32_t index) const {
    return snapshots_[index * vectors + lane / LaneVector::width].get(lane % LaneVector::width);
  }

 private:
  static constexpr unsigned stragglers = 4;         // with so few lanes, plain code is as fast
  static constexpr std::uint32_t slowest_step = 3;  // bits; smooth pictures take 6

  /// Moves all lanes by steps_between_snapshots. Lanes after `limit` are set back to it.
  void step_in_vectors(std::uint32_t limit);
  /// Steps over one symbol for each lane of the bit mask.
  void step_alone(std::size_t vector, unsigned lanes_of_vector);
  void note_stops(std::uint32_t limit);
  void end_range(std::size_t lane, std::uint32_t last);
  void restart_range(std::size_t lane);

  const LaneTables* tables_ = nullptr;
  const std::uint8_t* bits_ = nullptr;
  std::array<LaneVector, vectors> state_{};
  std::array<LaneVector::Words, vectors> stops_{};
  std::array<Range, lanes> ranges_{};
  std::uint32_t done_ = 0;   // bit mask of lanes whose range has ended
  std::uint32_t taken_ = 0;  // snapshots
  std::uint32_t alone_ = 0;  // steps of single lanes
  std::uint32_t room_ = 0;   // for snapshots
  std::unique_ptr<LaneVector[]> snapshots_;
};

}  // namespace wm::jpeg
