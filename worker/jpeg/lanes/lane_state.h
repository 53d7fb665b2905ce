#pragma once

// The state of a lane, and one step of it in plain code: what the vector code (lane_run.h) does for many
// lanes at once. Both take the same steps for the same bits, so a lane in plain code meets exactly the states
// that a lane in a vector has passed. Allocates no memory; its only failure is that a lane can get lost.

#include <array>
#include <cstddef>
#include <cstdint>

#include "worker/jpeg/lanes/lane_tables.h"

namespace wm::jpeg {

struct LaneState {
  std::uint32_t position = 0;  // bit of the window
  std::uint32_t last = 0;      // coefficient of the block, 0..62
  std::uint32_t slot = 0;      // block of the MCU
  std::uint32_t table = 0;     // in LaneTables: start() of the slot, or middle()
  // Sums of DC differences: of all components, of the second, of the third.
  std::array<std::int32_t, 3> sums{};
  std::uint32_t mcus = 0;  // number of ended MCUs

  /// Whether both continue identically.
  [[nodiscard]] bool is_where(const LaneState& other) const {
    return position == other.position && last == other.last && slot == other.slot && table == other.table;
  }
};

/// A lane at the start of an MCU.
[[nodiscard]] inline LaneState lane_at(std::uint32_t position, const LaneTables& tables) {
  return {.position = position, .table = tables.start()[0]};
}

/// Steps over a single symbol. False when no valid one is here; then `state` is unchanged.
[[nodiscard]] bool step_symbol(const LaneTables& tables, const std::uint8_t* bits, LaneState& state);

/// Steps over the symbols of one table entry. False as above.
[[nodiscard]] bool step(const LaneTables& tables, const std::uint8_t* bits, LaneState& state);

}  // namespace wm::jpeg
