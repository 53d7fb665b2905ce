#pragma once

// Stage 4: the encoded picture becomes a file below the output directory, whole or not at all. It replaces
// only files that the job itself published there, unless the policy allows more. It is not synced: the
// supervisor does that once for many files.

#include <sys/stat.h>

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>

#include "common/job/outcome.h"
#include "common/job/output_identity.h"
#include "common/job/output_policy.h"
#include "common/job/task.h"
#include "common/job/temporary_name.h"
#include "common/os/file_mode.h"
#include "common/os/inode_numbers.h"
#include "worker/stages/output_tree.h"

namespace wm {

class TemporaryFile;

class Publisher {
 public:
  enum class Dates { now, of_input };
  using Pieces = std::initializer_list<std::span<const std::byte>>;

  /// Reads the umask, so construct it before any thread creates files. `await_ownership` is called right
  /// before each change of a name that others see, and returns when the job is this run's.
  Publisher(std::string output_directory, RunToken run, Dates dates, OutputPolicy policy = {},
            std::function<void()> await_ownership = {})
      : umask_(current_umask()),
        tree_(std::move(output_directory), umask_),
        run_(run),
        dates_(dates),
        policy_(std::move(policy)),
        await_ownership_(std::move(await_ownership)) {}

  /// `input` is the fstat() result of the task's input; the output consists of `pieces` in order, and
  /// `result` is its kind. Nobody who may not read the input may read the output (common/os/file_mode.h), and
  /// the same holds for directories that are created for it. Returns the output's identity. Throws
  /// TaskFailure: write_error; exists when another file has the output's name; collision when that is the
  /// input itself.
  OutputIdentity publish(const Task& task, const struct stat& input, Pieces pieces,
                         Result result = Result::marked);

 private:
  struct Target;
  [[nodiscard]] OutputIdentity give_name(TemporaryFile& file, const OutputIdentity& identity,
                                         const Target& target);
  /// Keeps `existing` under another name as well, so that the output may take its name. False: the name now
  /// belongs to another file, or to none.
  [[nodiscard]] bool back_up(const Target& target, const struct stat& existing) const;

  mode_t umask_;
  OutputTree tree_;
  RunToken run_;
  Dates dates_;
  OutputPolicy policy_;
  std::function<void()> await_ownership_;  // may be empty
  LastInodeNumbers inode_numbers_;
};

}  // namespace wm
