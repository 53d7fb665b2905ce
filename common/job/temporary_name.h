#pragma once

// The name under which a worker writes an output before it renames it. Each task has one name, so what a
// killed worker left behind is found again.

#include <string>
#include <string_view>

#include "common/job/task.h"

namespace wm {

inline constexpr std::string_view temporary_name_prefix = ".wm-supervisor-";
inline constexpr std::string_view temporary_name_suffix = ".tmp";

/// A file name without a directory: it lies in the directory of the task's output.
[[nodiscard]] inline std::string temporary_name(TaskId id) {
  return std::string(temporary_name_prefix) + std::to_string(number(id)) + std::string(temporary_name_suffix);
}

}  // namespace wm
