#pragma once

// What becomes of a task after an attempt, and of the job after failures. Pure decisions.

#include <cstdint>

#include "common/job/outcome.h"
#include "supervisor/cli/job_settings.h"

namespace wm {

enum class Verdict : std::uint8_t {
  retry,
  failed,       // the worker examined the picture and refused it: it would do so again
  quarantined,  // every attempt crashed, timed out or ran out of memory: not tried again unless asked to
};

/// `attempt` counts from 1 and is the one that just failed.
[[nodiscard]] constexpr Verdict judge(FailureKind kind, std::uint32_t attempt, unsigned retries) {
  const bool took_worker_down = kind == FailureKind::crash || kind == FailureKind::timeout;
  // Memory may be available again when the neighbours are done.
  if (!took_worker_down && kind != FailureKind::out_of_memory) return Verdict::failed;
  if (attempt <= retries) return Verdict::retry;
  return Verdict::quarantined;
}

/// Whether the last attempt must have the machine to itself. Memory that neighbours took may be available
/// again then, but a worker's own limit is always the same. After damage to the shared memory, one of several
/// files caused it, and the others must not be in progress when it happens again.
enum class MemoryShortage : std::uint8_t { none, of_worker, of_machine };
[[nodiscard]] constexpr bool needs_all(MemoryShortage shortage, bool segment_was_damaged) {
  return shortage == MemoryShortage::of_machine || segment_was_damaged;
}

/// Whether this many failures among this many finished inputs stop the job. A percentage is not evaluated
/// before 100 inputs are finished, so that the first bad file is not "100 %".
[[nodiscard]] constexpr bool halts(const Halt& halt, std::uint64_t failures, std::uint64_t finished) {
  if (halt.when == Halt::When::never) return false;
  if (!halt.percent) return static_cast<double>(failures) >= halt.fail;
  return finished >= 100 &&
         static_cast<double>(failures) * 100.0 >= halt.fail * static_cast<double>(finished);
}

}  // namespace wm
