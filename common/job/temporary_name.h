#pragma once

// The name under which a worker writes an output before it renames it: each run and task has one, so what a
// killed worker left behind is found again, and two jobs never meet in one output directory.

#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "common/job/task.h"

namespace wm {

/// Random, and another one for every run of every job.
enum class RunToken : std::uint64_t {};

/// A file name without a directory: it lies in the directory of the task's output.
[[nodiscard]] inline std::string temporary_name(RunToken run, TaskId id) {
  return fmt::format(".wm-supervisor-{:016x}-{}.tmp", static_cast<std::uint64_t>(run), number(id));
}

}  // namespace wm
