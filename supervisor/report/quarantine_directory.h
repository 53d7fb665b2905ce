#pragma once

// The directory of --quarantine: a hard link to each quarantined input, or a copy of it. A thread of its own
// does it, because copying a large file takes longer than the main thread may be away.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "supervisor/journal/job_journal.h"

namespace wm {

class QuarantineDirectory {
 public:
  /// One line for the log, on the directory's thread.
  using OnProblem = std::function<void(const std::string& problem, TaskId)>;

  /// `path` need not exist before the first input; "" is no directory, and nothing is kept.
  QuarantineDirectory(std::string path, OnProblem on_problem);
  /// finish().
  ~QuarantineDirectory();
  QuarantineDirectory(const QuarantineDirectory&) = delete;
  QuarantineDirectory& operator=(const QuarantineDirectory&) = delete;

  /// Never blocks. Any thread.
  void keep(QuarantinedInput input);
  /// Whether all inputs are kept, or their problems reported. Any thread.
  [[nodiscard]] bool is_idle();
  /// Gives up what is not kept yet, and says so of each; ends the thread.
  void finish();

 private:
  void run(const std::stop_token& stop);

  const std::string path_;
  const OnProblem on_problem_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<QuarantinedInput> waiting_;
  bool working_ = false;
  bool ending_ = false;
  std::stop_source stop_copying_;
  std::thread thread_;  // begins with the first input
};

/// Links or copies the input into the directory unless it is there already; makes the directory. Nothing that
/// exists is replaced, and no other file than the one that the job found is kept. Throws std::system_error,
/// std::runtime_error with the reason; nothing is left of a copy then.
void keep_in_directory(const QuarantinedInput& input, const std::string& directory,
                       const std::stop_token& stop = {});

/// A name for `input` in a directory of quarantined files: "a/b.jpg" becomes "b-17.jpg", or "b-17-2.jpg" when
/// `number` is 2. At most 255 bytes.
[[nodiscard]] std::string quarantine_name(const std::string& input, TaskId task, unsigned number);

}  // namespace wm
