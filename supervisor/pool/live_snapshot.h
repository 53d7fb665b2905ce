#pragma once

// Looks at a worker that lives: a snapshot of its threads that it makes itself when it is asked by a signal.
// What the kernel shows of one that does not answer: process_sample.h. May be called from any thread.

#include <cstdint>

#include "common/crash/crash_record.h"

namespace wm {

/// Asks the process behind `pidfd` for a snapshot into `area`: a worker whose crash record says `state`.
/// False: it has no handlers yet, or is dying, or gone; a process without handlers would die of the signal.
bool request_snapshot(int pidfd, CrashRecordState state, unsigned area, std::uint64_t request) noexcept;

/// Whether the snapshot that answers `request` is complete.
[[nodiscard]] bool snapshot_is_complete(int record_fd, unsigned area, std::uint64_t request) noexcept;

}  // namespace wm
