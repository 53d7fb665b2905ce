#pragma once

// Reads a snapshot from a crash record's area. A crashing worker wrote it, so every offset, count and size is
// checked, and invalid parts are left out.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/crash/snapshot_format.h"

namespace wm {

struct ThreadSnapshot {
  ThreadRecord record;
  std::string name;   // any bytes, as recorded
  std::string stack;  // bytes from stack_start on
  std::uint64_t stack_start = 0;
};

struct ModuleSnapshot {
  std::uint64_t start = 0;  // address of the file's offset 0
  std::string build_id;     // "" when the file has none, or none within the recorded bytes
};

struct Snapshot {
  std::unique_ptr<SnapshotHeader> header;
  std::string map;  // text
  std::vector<ModuleSnapshot> modules;
  std::vector<ThreadSnapshot> threads;  // the dead thread first
};

/// Throws std::runtime_error when the area contains no snapshot, and std::system_error when it cannot be
/// read. An unfinished snapshot is returned as far as it was written.
[[nodiscard]] Snapshot read_snapshot(int record_fd, unsigned area);

}  // namespace wm
