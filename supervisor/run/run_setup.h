#pragma once

// Values that a run is set up with. Pure, except for the random token and properties of the machine.

#include <chrono>

#include "common/job/job_description.h"
#include "common/job/temporary_name.h"
#include "common/segment/layout.h"
#include "supervisor/cli/job_settings.h"
#include "supervisor/dispatch/memory_division.h"
#include "supervisor/event/active_clock.h"

namespace wm {

[[nodiscard]] RunToken random_token();

[[nodiscard]] SegmentShape segment_shape(const RunSettings& settings);

/// Divides the memory that this process and its children may use.
[[nodiscard]] MemoryDivision memory_division(const RunSettings& settings, unsigned workers);

/// The job as it is passed to workers.
[[nodiscard]] JobDescription describe_job(const JobSettings& settings, RunToken run,
                                          const MemoryShares& memory);

/// For a worker that starts; shorter when the limit for pictures is much shorter.
[[nodiscard]] ActiveClock::duration boot_limit(const JobSettings& settings);

/// For workers that were asked to exit.
[[nodiscard]] ActiveClock::duration exit_limit(const JobSettings& settings);

}  // namespace wm
