#pragma once

// JOB_DIR/quarantine.txt: one line for each input that is quarantined, and, with --quarantine DIR, a link to
// each or a copy of it in DIR. docs/journal.md describes the lines. Main thread.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "common/os/unique_fd.h"
#include "supervisor/job_directory/job_directory.h"
#include "supervisor/journal/job_journal.h"

namespace wm {

/// Calls the function it is given once for every quarantined input, in the order of their ids.
using QuarantineSource = std::function<void(const std::function<void(const QuarantinedInput&)>&)>;

class QuarantineList {
 public:
  /// `directory` is that of --quarantine; "" is none. It is made for the first input.
  QuarantineList(JobDirectory job_directory, std::string directory);

  /// An input has just been quarantined: its line is appended at once, and the input linked or copied. Never
  /// fails: returns what went wrong, one line for the log, or nothing.
  [[nodiscard]] std::optional<std::string> add(const QuarantinedInput& input);

  /// Replaces the list; without an input the file is removed. Throws std::system_error, UsageError,
  /// sqlite::Error.
  void rewrite(const QuarantineSource& inputs);

 private:
  void append(const QuarantinedInput& input);
  void keep(const QuarantinedInput& input);

  JobDirectory job_directory_;
  std::string directory_;
  UniqueFd file_;
};

/// The line of an input, with its line break.
[[nodiscard]] std::string quarantine_line(const QuarantinedInput& input);

/// A name for `input` in a directory of quarantined files: "a/b.jpg" becomes "b-17.jpg", or "b-17-2.jpg" when
/// `number` is 2. At most 255 bytes.
[[nodiscard]] std::string quarantine_name(const std::string& input, TaskId task, unsigned number);

}  // namespace wm
