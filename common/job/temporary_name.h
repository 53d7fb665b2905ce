#pragma once

// The name under which a worker writes an output before it renames it: each run and task has one, so what a
// killed worker left behind is found again, and two jobs never meet in one output directory.

#include <algorithm>
#include <array>
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

/// Of a file that is made and removed again in the output directory, to see under which other names the file
/// system finds it.
[[nodiscard]] inline std::string probe_name(RunToken run, std::string_view word) {
  return fmt::format(".wm-supervisor-{:016x}-{}.tmp", static_cast<std::uint64_t>(run), word);
}
/// The words that probes are made with: a, É, ß; and one for file systems that do not take such letters.
inline constexpr std::array<std::string_view, 2> probe_words{"a\u00c9\u00df", "a"};

/// The run that made the file of this name; none when it is not exactly a name that temporary_name() makes,
/// or that of a probe.
[[nodiscard]] inline std::optional<RunToken> run_of_temporary(std::string_view name) {
  constexpr std::string_view prefix = ".wm-supervisor-";
  constexpr std::size_t task_at = prefix.size() + 16 + 1;
  if (name.size() <= task_at || !name.starts_with(prefix)) return std::nullopt;
  std::uint64_t run = 0;
  std::uint64_t task = 0;
  std::from_chars(name.data() + prefix.size(), name.data() + task_at - 1, run, 16);
  std::from_chars(name.data() + task_at, name.data() + name.size(), task);
  const auto token = static_cast<RunToken>(run);
  const auto is_probe = [&](std::string_view word) { return name == probe_name(token, word); };
  const bool is_ours = name == temporary_name(token, static_cast<TaskId>(task)) ||
                       std::any_of(probe_words.begin(), probe_words.end(), is_probe);
  return is_ours ? std::optional(token) : std::nullopt;
}

}  // namespace wm
