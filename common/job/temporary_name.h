#pragma once

// The name under which a worker writes an output before renaming it. It is unique to the run and task, so the
// leftovers of a killed worker can be found, and two jobs never collide in one output directory.

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

/// Random, and different for every run of every job.
enum class RunToken : std::uint64_t {};

/// A file name without a directory: the file lies in the directory of the task's output.
[[nodiscard]] inline std::string temporary_name(RunToken run, TaskId id) {
  return fmt::format(".wm-supervisor-{:016x}-{}.tmp", static_cast<std::uint64_t>(run), number(id));
}

/// The name of a file that is briefly created in the output directory, to find out under which other names
/// the file system finds it.
[[nodiscard]] inline std::string probe_name(RunToken run, std::string_view word) {
  return fmt::format(".wm-supervisor-{:016x}-{}.tmp", static_cast<std::uint64_t>(run), word);
}
/// The words used for probes: a, É, ß; and one for file systems that reject such letters.
inline constexpr std::array<std::string_view, 2> probe_words{"a\u00c9\u00df", "a"};

/// The run that made the file of this name; none unless it is exactly a name from temporary_name() or
/// probe_name().
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
