#pragma once

// The memory map of a dying process, and what is learnt from it. Async-signal-safe; one call at a time.

#include <cstdint>

#include "common/crash/snapshot_format.h"

namespace wm::crash {

/// What is mapped of a thread's stack, from its stack pointer upwards; an end of 0: not known.
struct StackEnd {
  std::uint64_t start = 0, end = 0;
};

/// Reads /proc/self/maps once: copies it to the crash record, copies the beginnings of mapped files, and says
/// where the stacks of the header's threads end. `area`: the offset of the snapshot in the crash record.
/// Counts `map_bytes` and `modules` in the header, whose offsets are set. `stacks` has one element for each
/// thread.
void copy_memory_map(int record_fd, std::uint64_t area, SnapshotHeader& header, StackEnd* stacks) noexcept;

}  // namespace wm::crash
