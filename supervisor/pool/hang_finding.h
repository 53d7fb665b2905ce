#pragma once

// Decides whether a hanging worker is spinning or waiting, from two samples of its threads. Pure, and correct
// at any load: the criterion is not how much a thread ran, but whether it slept while it could have run.

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
  // Of the spinning thread, or else of the one that ran most; tid 0: none ran, and the counts are missing.
  std::int32_t tid = 0;
  std::string thread;
  std::chrono::nanoseconds ran{0};
  std::optional<std::chrono::nanoseconds> queued;  // runnable without a CPU; none: not counted by the kernel
};

/// A thread spins if it ran for more than half of the time that the scheduler left to it (the time between
/// the samples without its waits for a CPU), or if it was runnable at both moments and never slept in
/// between, however little it ran. Without counts of the run queue, only the second criterion holds at any
/// load. A thread that appears only in `after` began in between. A stopped worker is neither spinning nor
/// waiting.
[[nodiscard]] HangFinding assess_hang(const ProcessSample& before, const ProcessSample& after);

}  // namespace wm
