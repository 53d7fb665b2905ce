#pragma once

// The directory of --quarantine: a hard link to each quarantined input, or a copy of it. A separate thread
// does the work, because copying a large file would block the main thread for too long.

#include <chrono>
#include <functional>
#include <memory>
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
  /// Calls finish(), unless it was called.
  ~QuarantineDirectory() { finish(); }
  QuarantineDirectory(const QuarantineDirectory&) = delete;
  QuarantineDirectory& operator=(const QuarantineDirectory&) = delete;

  /// Before the first input: it is asked whether anything may still get a name there.
  void ask_before_names(std::function<void()> require);
  /// Before the first input: what these runs of the same job were copying is removed then. Copies of other
  /// runs are left alone, since other jobs may use the directory.
  void remove_copies_of(std::set<RunToken> dead_runs);
  /// Never blocks. Any thread.
  void keep(QuarantinedInput input);
  /// Whether all inputs have been kept, or their problems reported. Any thread.
  [[nodiscard]] bool is_idle();
  /// How long finish() waits for a file system that does not answer.
  static constexpr std::chrono::seconds patience{5};
  /// Gives up the inputs that are not yet kept, and reports each; ends the thread, or leaves it behind if it
  /// hangs in a file system: then it gives nothing a name any more.
  void finish(std::chrono::milliseconds limit = patience);

 private:
  struct Shared;
  static void run(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;  // also the thread's
  std::thread thread_;              // starts with the first input
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
