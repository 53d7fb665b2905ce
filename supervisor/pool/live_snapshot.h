#pragma once

// Takes a snapshot of a living worker's threads: a signal asks the worker to make it itself. For what the
// kernel shows of an unresponsive worker, see process_sample.h. May be called from any thread.

#include <cstdint>

#include "common/crash/crash_record.h"

namespace wm {

/// Asks the process of `pidfd` for a snapshot into `area`; `state` is the state in the worker's crash record.
/// False: it has no handlers yet, is dying, or is gone; a process without handlers would be killed by the
/// signal.
bool request_snapshot(int pidfd, CrashRecordState state, unsigned area, std::uint64_t request) noexcept;

/// Whether the snapshot that answers `request` is complete.
[[nodiscard]] bool snapshot_is_complete(int record_fd, unsigned area, std::uint64_t request) noexcept;

}  // namespace wm
