#pragma once

// One input picture on its way through the job, as both processes see it.

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "common/job/output_identity.h"
#include "common/os/file_stamp.h"

namespace wm {

/// The row id of the input in the journal.
enum class TaskId : std::uint64_t {};

/// Index of a worker, 0-based; shown as "worker-01" for 0.
enum class WorkerIndex : std::uint16_t {};

[[nodiscard]] constexpr std::uint64_t number(TaskId id) {
  return static_cast<std::uint64_t>(id);
}
[[nodiscard]] constexpr unsigned number(WorkerIndex index) {
  return static_cast<unsigned>(index);
}

/// Device and inode of the output directory. Inode 0: unknown.
struct OutputRoot {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  bool operator==(const OutputRoot&) const = default;
};

[[nodiscard]] inline OutputRoot output_root(const struct ::stat& status) {
  return {.device = status.st_dev, .inode = status.st_ino};
}

/// Whether a file at the output's path that is not `own_output` may nevertheless be the job's own. The worker
/// compares contents.
enum class MayBeOwn : std::uint8_t {
  no,
  whole,    // an attempt that could not report it may have published the file
  cut_off,  // the same, or the file is what the job published, with its end missing
};
inline constexpr std::uint64_t may_be_own_count = 3;

struct Task {
  TaskId id{};
  std::uint32_t attempt = 1;  // 1-based
  std::string input;          // path to open: bytes, absolute
  std::string output;         // path below the output directory: bytes, relative, no "." or ".." in it
  FileStamp found;            // the input when it was found: no other file may be marked in its place
  OutputRoot output_root;     // a different directory that has taken its name is never written to
  OutputIdentity own_output;  // the job's earlier output there: only this file is replaced unasked
  MayBeOwn may_be_own = MayBeOwn::no;
};

}  // namespace wm
