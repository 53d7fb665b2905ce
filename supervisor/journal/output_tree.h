#pragma once

// Looks at outputs without following a symlink at the end of their path. Any thread, unless said otherwise.

#include <cstdint>
#include <optional>
#include <string>

#include "common/job/task.h"
#include "common/job/temporary_name.h"
#include "common/os/unique_fd.h"

namespace wm {

struct OutputStatus {
  bool regular = false;
  std::int64_t size = 0;
  std::uint64_t inode = 0;
  std::int64_t ctime_ns = 0;  // last change of the inode: a rename onto the path counts on Linux filesystems
};

/// What must be known of an attempt to find out later whether it published its output.
struct AttemptEvidence {
  RunToken run{};
  TaskId task{};
  std::string output;
  std::uint64_t inode_before = 0;  // of what was at the output's path; 0: nothing
  std::int64_t started_ns = 0;     // CLOCK_REALTIME
};

struct AttemptTraces {
  std::optional<std::int64_t> published_bytes;  // the output's size, if that attempt put it there
  bool temporary_removed = false;
};

class OutputTree {
 public:
  /// Throws std::system_error.
  explicit OutputTree(const std::string& directory);

  [[nodiscard]] int fd() const noexcept { return root_.get(); }
  [[nodiscard]] std::optional<OutputStatus> look(const std::string& output) const;
  /// Of what is at the output's path before this run writes there; 0: nothing. Asks no more for outputs in a
  /// directory that held no files when the first one of them was asked for: one thread at a time.
  [[nodiscard]] std::uint64_t inode_before(const std::string& output);
  /// Is the beginning and the end of the file something else than zeros? A power failure can leave files of
  /// the right size whose contents never reached the disk.
  [[nodiscard]] bool has_data(const std::string& output) const;
  /// What an attempt left whose worker is confirmed dead; its temporary file is removed. Published means: the
  /// temporary file is gone, which only the final rename does, and the output is another inode than before,
  /// changed after the attempt began.
  [[nodiscard]] AttemptTraces traces_of(const AttemptEvidence& attempt) const;

 private:
  [[nodiscard]] bool holds_no_files(const std::string& directory) const;

  UniqueFd root_;
  std::optional<std::string> last_directory_;  // that inode_before() met
  bool last_was_without_files_ = false;
};

}  // namespace wm
