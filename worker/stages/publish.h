#pragma once

// Stage 4: the encoded picture becomes a file below the output directory, whole or not at all. It is not
// synced: the supervisor does that once for many files.

#include <sys/stat.h>

#include <cstddef>
#include <initializer_list>
#include <span>

#include "common/job/task.h"
#include "common/job/temporary_name.h"
#include "common/os/file_mode.h"
#include "worker/stages/output_tree.h"

namespace wm {

class Publisher {
 public:
  enum class Dates { now, of_input };

  /// Asks for the umask: before there is a thread that makes files.
  Publisher(std::string output_directory, RunToken run, Dates dates)
      : umask_(current_umask()), tree_(std::move(output_directory), umask_), run_(run), dates_(dates) {}

  /// `input` is what fstat said of the task's input; the output is the pieces one behind the other. Nobody
  /// may read it who may not read the input (common/os/file_mode.h), and the same holds for directories that
  /// are made for it. Throws TaskFailure: write_error, or collision when the output would replace the input
  /// itself.
  void publish(const Task& task, const struct stat& input,
               std::initializer_list<std::span<const std::byte>> pieces);

 private:
  mode_t umask_;
  OutputTree tree_;
  RunToken run_;
  Dates dates_;
};

}  // namespace wm
