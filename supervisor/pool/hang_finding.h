#pragma once

// Whether a worker that hangs is spinning or waiting, from two samples of its threads. Pure, and correct at
// any load: what counts is not how much a thread ran, but whether it slept while it could have run.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "supervisor/pool/process_sample.h"

namespace wm {

enum class HangActivity : std::uint8_t { waiting, spinning, stopped };

struct HangFinding {
  HangActivity activity = HangActivity::waiting;
  std::chrono::nanoseconds elapsed{0};  // between the two samples
  // Of the thread that spins, or else of the one that ran most; tid 0: none ran, and there are no counts.
  std::int32_t tid = 0;
  std::string thread;
  std::chrono::nanoseconds ran{0};
  std::optional<std::chrono::nanoseconds> queued;  // runnable without a CPU; none: not counted
};

/// A thread spins when it ran for more than half of the time that the scheduler left to it (the time between
/// the samples without its waits for a CPU), or when it was runnable at both moments and never slept in
/// between, however little it ran. Without counts of the run queue, only the second part holds at any load.
/// A thread that is in `after` alone began in between. A worker that is stopped is neither.
[[nodiscard]] HangFinding assess_hang(const ProcessSample& before, const ProcessSample& after);

}  // namespace wm
