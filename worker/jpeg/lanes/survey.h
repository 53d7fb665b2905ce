#pragma once

// Finds the places that a walk over the MCUs in a window will pass, using many lanes at once. Huffman codes
// synchronise themselves: a reader that begins anywhere soon reads the actual symbols. So the window is
// divided, and each part has its own lane, which begins with a guess and continues some way into the next
// part. Then the lanes are joined: the first one begins at a known MCU; from its last position, plain code
// steps on until it is exactly at a state of the next lane, so everything that lane recorded from there on is
// true as well; and so on.
//
// A survey makes no judgement. Places that it does not find - after damage, or where lanes never meet - are
// left to the plain walk. Borrows header and blocks. One thread.

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
  std::size_t mcus = 0;          // MCUs that have ended since the survey's start
  Predictors differences{};      // sums of DC differences since then
  std::size_t position = 0;      // bit of the window
  std::size_t slot = 0;          // block of the MCU
  std::optional<unsigned> last;  // last passed coefficient of the block; nullopt before DC
};

class Survey {
 public:
  /// Whether this processor can survey such MCUs.
  [[nodiscard]] static bool is_possible(const std::vector<McuBlock>& mcu);

  /// `cache` may be nullptr.
  Survey(const Header& header, const std::vector<McuBlock>& mcu, LaneEntryCache* cache = nullptr);

  /// Surveys the window, starting at `position`, where an MCU begins.
  void make(const ScanWindow& window, std::size_t position);

  /// The last known checkpoint at which fewer than `mcus` have ended. Nullopt if there is none.
  [[nodiscard]] std::optional<Checkpoint> last_before(std::size_t mcus) const;

  /// The number of joined lanes.
  [[nodiscard]] std::size_t joined() const { return stretches_.size(); }

 private:
  /// The number of bits by which a lane continues into the next one's part. Three of four have met by then;
  /// for the others plain code continues, which takes no more time than all lanes would.
  static constexpr std::uint32_t overrun = 1024;
  static constexpr unsigned most_misses = 2;

  /// MCUs and sums of DC differences since the survey's start.
  struct Counts {
    std::int64_t mcus = 0;
    std::array<std::int64_t, 3> sums{};

    void add(const LaneState& state);
    void subtract(const LaneState& state);
  };

  /// Confirmed snapshots of a lane, and the counts before its own began.
  struct Stretch {
    std::size_t lane = 0;
    LaneRun::Range range;
    Counts before;
  };

  void join(const std::uint8_t* bits, LaneState truth);
  /// Steps on to a recorded state of the lane, and returns its number; nullopt if there is none.
  std::optional<std::uint32_t> meet(std::size_t lane, const std::uint8_t* bits, LaneState& truth);
  [[nodiscard]] Checkpoint checkpoint(const Stretch& stretch, std::uint32_t index) const;

  LaneTables tables_;
  LaneRun run_;
  std::vector<Stretch> stretches_;
};

}  // namespace wm::jpeg
