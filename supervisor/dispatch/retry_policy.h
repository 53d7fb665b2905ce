#pragma once

// What becomes of a task after an attempt, and of the job after failures. Pure decisions.

#include <cstdint>

#include "common/job/outcome.h"
#include "supervisor/cli/job_settings.h"

namespace wm {

enum class Verdict : std::uint8_t {
  retry,
  failed,       // the program looked at the picture and refused it: the same would happen again
  quarantined,  // it took its worker down each time: it is not tried again unless asked to
};

/// `attempt` counts from 1 and is the one that just failed.
[[nodiscard]] constexpr Verdict judge(FailureKind kind, std::uint32_t attempt, unsigned retries) {
  const bool took_worker_down = kind == FailureKind::crash || kind == FailureKind::timeout;
  // Memory may be there again when the neighbours are done.
  if (!took_worker_down && kind != FailureKind::out_of_memory) return Verdict::failed;
  if (attempt <= retries) return Verdict::retry;
  return Verdict::quarantined;
}

/// Whether the last attempt must have the machine for itself. Memory that neighbours took may be there again
/// then; a worker's own limit is the same at any time. When the shared memory was damaged, one of several
/// files did it, and the others must not be there when it happens again.
enum class MemoryShortage : std::uint8_t { none, of_worker, of_machine };
[[nodiscard]] constexpr bool needs_all(MemoryShortage shortage, bool segment_was_damaged) {
  return shortage == MemoryShortage::of_machine || segment_was_damaged;
}

/// Whether so many failures among so many finished inputs stop the job. A percentage is not judged before
/// 100 inputs are finished, so that the first bad file is not "100 %".
[[nodiscard]] constexpr bool halts(const Halt& halt, std::uint64_t failures, std::uint64_t finished) {
  if (halt.when == Halt::When::never) return false;
  if (!halt.percent) return static_cast<double>(failures) >= halt.fail;
  return finished >= 100 &&
         static_cast<double>(failures) * 100.0 >= halt.fail * static_cast<double>(finished);
}

}  // namespace wm
