#pragma once

// The memory map of a dying process, and facts derived from it. Async-signal-safe; one call at a time.

#include <cstdint>

#include "common/crash/snapshot_format.h"

namespace wm::crash {

/// The mapped part of a thread's stack, from its stack pointer upwards; an end of 0: unknown.
struct StackEnd {
  std::uint64_t start = 0, end = 0;
};

/// Reads /proc/self/maps once: copies it to the crash record, copies the beginnings of mapped files, and
/// finds the ends of the stacks of the header's threads. `area`: the offset of the snapshot in the crash
/// record. Counts `map_bytes` and `modules` in the header, whose offsets are already set. `stacks` has one
/// element for each thread.
void copy_memory_map(int record_fd, std::uint64_t area, SnapshotHeader& header, StackEnd* stacks) noexcept;

}  // namespace wm::crash
