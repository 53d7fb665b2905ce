#pragma once

// Where a walk over the MCUs in a window will pass, found by many lanes at once. Huffman codes synchronise
// themselves: a reader that begins anywhere soon reads the symbols that are there. So the window is
// divided, each part has a lane of its own that begins with a guess, and goes on some way into the next part.
// Then the lanes are joined: the first one begins at an MCU that is known; from where it has last been, plain
// code steps on until it is exactly where the next lane has been, so all that that lane has seen from there
// on is true as well; and so on.
//
// A survey judges nothing. What it does not know - after damage, or where lanes never meet - the plain walk
// has to find. Borrows header and blocks. One thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "worker/jpeg/entropy_walk.h"
#include "worker/jpeg/lanes/lane_run.h"
#include "worker/jpeg/lanes/lane_tables.h"
#include "worker/jpeg/scan_window.h"
#include "worker/jpeg/segments.h"

namespace wm::jpeg {

/// A place that the plain walk passes.
struct Checkpoint {
  std::size_t mcus = 0;          // that have ended since the survey's start
  Predictors differences{};      // sums of DC differences since then
  std::size_t position = 0;      // bit of the window
  std::size_t slot = 0;          // block of the MCU
  std::optional<unsigned> last;  // coefficient of the block that has been passed; none before DC
};

class Survey {
 public:
  /// Whether this processor can survey such MCUs.
  [[nodiscard]] static bool is_possible(const std::vector<McuBlock>& mcu);

  /// `cache` may be nullptr.
  Survey(const Header& header, const std::vector<McuBlock>& mcu, LaneEntryCache* cache = nullptr);

  /// Looks at the window from `position` on, where an MCU starts.
  void make(const ScanWindow& window, std::size_t position);

  /// The last checkpoint known at which fewer than `mcus` have ended. None when there is none.
  [[nodiscard]] std::optional<Checkpoint> last_before(std::size_t mcus) const;

  /// How many lanes have become one.
  [[nodiscard]] std::size_t joined() const { return stretches_.size(); }

 private:
  /// Bits that a lane goes on in the next one's part. Three of four have met then; for the others plain code
  /// goes on, which takes no more than all lanes would.
  static constexpr std::uint32_t overrun = 1024;
  static constexpr unsigned most_misses = 2;

  /// MCUs and sums of DC differences from the survey's start on.
  struct Counts {
    std::int64_t mcus = 0;
    std::array<std::int64_t, 3> sums{};

    void add(const LaneState& state);
    void subtract(const LaneState& state);
  };

  /// Snapshots of a lane that are true, and what was before its own counts began.
  struct Stretch {
    std::size_t lane = 0;
    LaneRun::Range range;
    Counts before;
  };

  void join(const std::uint8_t* bits, LaneState truth);
  /// Steps on to a state that the lane has been in, and returns its number; none when there is no such.
  std::optional<std::uint32_t> meet(std::size_t lane, const std::uint8_t* bits, LaneState& truth);
  [[nodiscard]] Checkpoint checkpoint(const Stretch& stretch, std::uint32_t index) const;

  LaneTables tables_;
  LaneRun run_;
  std::vector<Stretch> stretches_;
};

}  // namespace wm::jpeg
