#pragma once

// What the journal records about a task after its start, and about the run. Values.

#include <cstdint>
#include <string>
#include <variant>

#include "supervisor/journal/job_journal.h"

namespace wm {

struct AttemptEntry {
  TaskId task{};
  std::uint32_t number = 0;
  Failure failure;  // of the previous attempt
};

struct WithdrawnEntry {
  TaskId task{};
};

struct TaskCrashEntry {
  TaskId task{};
  std::uint32_t attempt = 0;  // that ended with it
  std::string id;
};

/// The output was published, but may not have reached the disk: its file is made again.
struct UnsyncedEntry {
  FinalOutcome outcome;
};

using JournalEntry =
    std::variant<FinalOutcome, AttemptEntry, WithdrawnEntry, TaskCrashEntry, SampleEntry, UnsyncedEntry>;

/// Whether the entry refers to an output, which must reach the disk before the entry does.
[[nodiscard]] inline bool refers_to_output(const JournalEntry& entry) noexcept {
  return std::holds_alternative<FinalOutcome>(entry);
}

/// Whether the entry must not be recorded before such entries that were made earlier.
[[nodiscard]] inline bool follows_outcomes(const JournalEntry& entry) noexcept {
  return refers_to_output(entry) || std::holds_alternative<TaskCrashEntry>(entry);
}

}  // namespace wm
