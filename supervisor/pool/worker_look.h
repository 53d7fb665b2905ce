#pragma once

// Looks at a worker that lives: a snapshot of its threads that it makes itself when it is asked by a signal.
// What the kernel shows of one that does not answer: process_sample.h. May be called from any thread.

#include <cstdint>

#include "common/crash/crash_cell.h"

namespace wm {

/// Asks the process behind `pidfd` for a snapshot into `area`: a worker whose cell says `state`. False: it
/// has no handlers yet, or is dying, or gone; a process without handlers would die of the signal.
bool send_look(int pidfd, CellState state, unsigned area, std::uint64_t request) noexcept;

/// Whether the snapshot that answers `request` is complete.
[[nodiscard]] bool look_is_complete(int cell_fd, unsigned area, std::uint64_t request) noexcept;

}  // namespace wm
