#pragma once

// JOB_DIR/quarantine.txt: one line for each quarantined input. Format: docs/journal.md. Main thread.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "common/os/unique_fd.h"
#include "supervisor/job_directory/job_directory.h"
#include "supervisor/journal/job_journal.h"

namespace wm {

/// Calls the given function once for every quarantined input, in the order of their ids.
using QuarantineSource = std::function<void(const std::function<void(const QuarantinedInput&)>&)>;

inline constexpr const char* quarantine_list_file = "quarantine.txt";

class QuarantineList {
 public:
  explicit QuarantineList(JobDirectory job_directory) : job_directory_(std::move(job_directory)) {}

  /// Appends the line of an input that has just been quarantined, immediately. Never fails: returns the
  /// problem as one line for the log, or nothing.
  [[nodiscard]] std::optional<std::string> add(const QuarantinedInput& input);

  /// Replaces the list; without any inputs the file is removed. Throws std::system_error, UsageError,
  /// sqlite::Error.
  void rewrite(const QuarantineSource& inputs);

 private:
  void append(const QuarantinedInput& input);

  JobDirectory job_directory_;
  UniqueFd file_;
};

/// The line of an input, with its line break.
[[nodiscard]] std::string quarantine_line(const QuarantinedInput& input);

}  // namespace wm
