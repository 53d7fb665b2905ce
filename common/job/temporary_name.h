#pragma once

// The name under which a worker writes an output before it renames it: each run and task has one, so what a
// killed worker left behind is found again, and two jobs never meet in one output directory.

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "common/job/task.h"

namespace wm {

/// Random, and another one for every run of every job.
enum class RunToken : std::uint64_t {};

/// A file name without a directory: it lies in the directory of the task's output.
[[nodiscard]] inline std::string temporary_name(RunToken run, TaskId id) {
  return fmt::format(".wm-supervisor-{:016x}-{}.tmp", static_cast<std::uint64_t>(run), number(id));
}

/// The run that made the file of this name; none when it is not exactly a name that temporary_name() makes.
[[nodiscard]] inline std::optional<RunToken> run_of_temporary(std::string_view name) {
  constexpr std::string_view prefix = ".wm-supervisor-";
  constexpr std::size_t task_at = prefix.size() + 16 + 1;
  if (name.size() <= task_at || !name.starts_with(prefix)) return std::nullopt;
  std::uint64_t run = 0;
  std::uint64_t task = 0;
  std::from_chars(name.data() + prefix.size(), name.data() + task_at - 1, run, 16);
  std::from_chars(name.data() + task_at, name.data() + name.size(), task);
  const auto token = static_cast<RunToken>(run);
  return name == temporary_name(token, static_cast<TaskId>(task)) ? std::optional(token) : std::nullopt;
}

}  // namespace wm
