#pragma once

// One input picture on its way through the job, as both processes see it.

#include <cstdint>
#include <string>

#include "common/job/output_identity.h"
#include "common/os/file_stamp.h"

namespace wm {

/// The row of the input in the journal.
enum class TaskId : std::uint64_t {};

/// Index of a worker, 0-based; shown as "worker-01" for 0.
enum class WorkerIndex : std::uint16_t {};

[[nodiscard]] constexpr std::uint64_t number(TaskId id) {
  return static_cast<std::uint64_t>(id);
}
[[nodiscard]] constexpr unsigned number(WorkerIndex index) {
  return static_cast<unsigned>(index);
}

struct Task {
  TaskId id{};
  std::uint32_t attempt = 1;      // 1-based
  std::string input;              // path to open: bytes, absolute
  std::string output;             // path below the output directory: bytes, relative, no "." or ".." in it
  FileStamp found;                // the input when it was found: no other file is to be marked in its place
  OutputIdentity own_output;      // what the job published there before: only this file is replaced unasked
  bool may_be_published = false;  // what is there may be its own output, whole or cut: the worker compares
};

}  // namespace wm
