#pragma once

// The directory of --quarantine: a hard link to each quarantined input, or a copy of it. A separate thread
// does the work, because copying a large file would block the main thread for too long.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "common/job/temporary_name.h"
#include "supervisor/journal/job_journal.h"

namespace wm {

struct QuarantineRules {
  RunToken run{};                 // for the names of unfinished copies
  std::function<void()> require;  // throws when nothing may get a name any more; may be empty
};

class QuarantineDirectory {
 public:
  /// Gets one line for the log, on the directory's thread.
  using OnProblem = std::function<void(const std::string& problem, TaskId)>;

  /// `path` need not exist before the first input; "" means that nothing is kept.
  QuarantineDirectory(std::string path, RunToken run, OnProblem on_problem);
  /// Calls finish().
  ~QuarantineDirectory();
  QuarantineDirectory(const QuarantineDirectory&) = delete;
  QuarantineDirectory& operator=(const QuarantineDirectory&) = delete;

  /// Before the first input: it is asked whether anything may still get a name there.
  void ask_before_names(std::function<void()> require) { rules_.require = std::move(require); }
  /// Before the first input: what these runs of the same job were copying is removed then. Copies of other
  /// runs are left alone, since other jobs may use the directory.
  void remove_copies_of(std::set<RunToken> dead_runs) { dead_runs_ = std::move(dead_runs); }
  /// Never blocks. Any thread.
  void keep(QuarantinedInput input);
  /// Whether all inputs have been kept, or their problems reported. Any thread.
  [[nodiscard]] bool is_idle();
  /// Gives up the inputs that are not yet kept, and reports each; ends the thread.
  void finish();

 private:
  void run(const std::stop_token& stop);
  void remove_leftovers() const noexcept;

  const std::string path_;
  QuarantineRules rules_;
  std::set<RunToken> dead_runs_;
  const OnProblem on_problem_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<QuarantinedInput> waiting_;
  bool working_ = false;
  bool ending_ = false;
  std::stop_source stop_copying_;
  std::thread thread_;  // starts with the first input
};

/// Links or copies the input into the directory unless it is already there; creates the directory. No
/// existing file is replaced, and only the file that the job found is kept. A copy gets its name when it is
/// complete. Throws std::system_error, std::runtime_error with the reason, and what `rules` throw; then no
/// copy remains.
void keep_in_directory(const QuarantinedInput& input, const std::string& directory,
                       const QuarantineRules& rules = {}, const std::stop_token& stop = {});

/// A name for `input` in a directory of quarantined files: "a/b.jpg" becomes "b-17.jpg", or "b-17-2.jpg" when
/// `number` is 2. At most 255 bytes.
[[nodiscard]] std::string quarantine_name(const std::string& input, TaskId task, unsigned number);

}  // namespace wm
