#pragma once

// Finds the processes of one test, no matter which process has become their parent: they carry a mark in
// their environment.

#include <sys/types.h>

#include <string>
#include <vector>

namespace wm::test {

/// Those alive (no zombies) whose environment holds `variable` ("NAME=VALUE") and whose program's file name
/// begins with `name`.
[[nodiscard]] std::vector<pid_t> processes_with(const std::string& variable, const std::string& name);

/// Files of named shared memory that it has mapped or opened.
[[nodiscard]] std::vector<std::string> named_shared_memory_of(pid_t pid);

/// Whose child it is, 0 when there is no such process.
[[nodiscard]] pid_t parent_of(pid_t pid);

/// The state letter in /proc/PID/stat, 'X' when there is no such process.
[[nodiscard]] char process_state(pid_t pid);

}  // namespace wm::test
