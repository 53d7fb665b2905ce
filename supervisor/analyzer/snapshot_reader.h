#pragma once

// Reads a snapshot from a crash record's area. The worker that wrote it was out of its mind: every offset,
// count and size is checked, and what does not fit is left out.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/crash/snapshot_format.h"

namespace wm {

struct ThreadSnapshot {
  ThreadRecord record;
  std::string name;   // as it was, any bytes
  std::string stack;  // bytes from stack_start on
  std::uint64_t stack_start = 0;
};

struct ModuleSnapshot {
  std::uint64_t start = 0;  // address of the file's offset 0
  std::string build_id;     // "" when it has none, or none within the bytes that were kept
};

struct Snapshot {
  std::unique_ptr<SnapshotHeader> header;
  std::string map;  // text
  std::vector<ModuleSnapshot> modules;
  std::vector<ThreadSnapshot> threads;  // the one that died first
};

/// Throws std::runtime_error when there is no snapshot in the area, and std::system_error when it cannot be
/// read. A snapshot that was not finished comes with what is there.
[[nodiscard]] Snapshot read_snapshot(int record_fd, unsigned area);

}  // namespace wm
