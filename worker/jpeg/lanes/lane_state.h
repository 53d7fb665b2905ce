#pragma once

// Where a lane stands, and one step of it in plain code: what the vector code (lane_run.h) does for many
// lanes at once. Both take the same steps from the same bits, so a lane in plain code meets exactly the
// states that one in a vector has passed. No memory, no failure but that a lane can get lost.

#include <array>
#include <cstddef>
#include <cstdint>

#include "worker/jpeg/lanes/lane_tables.h"

namespace wm::jpeg {

struct LaneState {
  std::uint32_t position = 0;  // bit of the window
  std::uint32_t last = 0;      // coefficient of the block, 0..62
  std::uint32_t slot = 0;      // block of the MCU
  std::uint32_t table = 0;     // of LaneTables: start() of the slot, or middle()
  // Of DC differences: of all components, of the second, of the third.
  std::array<std::int32_t, 3> sums{};
  std::uint32_t mcus = 0;  // that have ended

  /// What follows is the same.
  [[nodiscard]] bool is_where(const LaneState& other) const {
    return position == other.position && last == other.last && slot == other.slot && table == other.table;
  }
};

/// A lane at the start of an MCU.
[[nodiscard]] inline LaneState lane_at(std::uint32_t position, const LaneTables& tables) {
  return {.position = position, .table = tables.start()[0]};
}

/// Steps over a single symbol. False when there is none that is valid here; `state` has not changed then.
[[nodiscard]] bool step_symbol(const LaneTables& tables, const std::uint8_t* bits, LaneState& state);

/// Steps over what an entry of the tables tells. False as above.
[[nodiscard]] bool step(const LaneTables& tables, const std::uint8_t* bits, LaneState& state);

}  // namespace wm::jpeg
