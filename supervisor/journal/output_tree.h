#pragma once

// Looks at outputs without following a symlink at the end of their path. Any thread, unless said otherwise.

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "common/job/outcome.h"
#include "common/job/output_identity.h"
#include "common/job/task.h"
#include "common/job/temporary_name.h"
#include "common/os/inode_numbers.h"
#include "common/os/unique_fd.h"
#include "supervisor/dispatch/announced_outputs.h"

namespace wm {

/// A change time up to so much before an event may be later than it: file systems take their times from a
/// coarse clock that lags behind by up to one tick of the kernel.
inline constexpr std::int64_t coarse_clock_lag_ns = 20'000'000;

struct OutputStatus {
  ::mode_t mode = 0;
  OutputIdentity identity;
  std::uint64_t inode = 0;    // at this moment, also where the file system does not keep it
  std::int64_t ctime_ns = 0;  // last change of the inode: a rename onto the path counts on Linux filesystems

  [[nodiscard]] bool regular() const noexcept;
};

/// An attempt that may have published its output.
struct PublishAttempt {
  RunToken run{};
  TaskId task{};
  std::string output;
};

struct AttemptTraces {
  std::optional<Published> published;  // the output, if that attempt put it there
  bool temporary_removed = false;
};

class OutputTree {
 public:
  /// Follows no stranger's link. Throws UsageError, std::system_error.
  explicit OutputTree(const std::string& directory);

  [[nodiscard]] int fd() const noexcept { return root_.get(); }
  [[nodiscard]] const OutputRoot& root() const noexcept { return identity_; }
  [[nodiscard]] std::optional<OutputStatus> look(const std::string& output) const;
  /// What is at the output's path before this run writes there. Asks no more for outputs in a directory that
  /// held no files when the first one of them was asked for: what comes there later, a worker finds. One
  /// thread at a time.
  [[nodiscard]] std::optional<OutputStatus> before_run(const std::string& output);
  /// The output, if it is a file that came there after one time and before another.
  [[nodiscard]] std::optional<OutputIdentity> made_between(const std::string& output, std::int64_t after_ns,
                                                           std::int64_t before_ns) const;
  /// Is the beginning and the end of the file something else than zeros? A power failure can leave files of
  /// the right size whose contents never reached the disk.
  [[nodiscard]] bool has_data(const std::string& output) const;
  /// What an attempt left whose worker is confirmed dead; its temporary file is removed. Published means: the
  /// file at the output's path is the one that a worker announced for the task before it gave it that name.
  [[nodiscard]] AttemptTraces traces_of(const PublishAttempt& attempt,
                                        const AnnouncedOutputs& announced) const;
  /// The same without touching anything: the worker may live.
  [[nodiscard]] std::optional<Published> published_by(const PublishAttempt& attempt,
                                                      const AnnouncedOutputs& announced) const;

 private:
  [[nodiscard]] bool holds_no_files(const std::string& directory) const;
  [[nodiscard]] InodeNumbers inode_numbers_of(const std::string& output, const struct ::stat& status) const;

  UniqueFd root_;
  OutputRoot identity_;
  InodeNumbers inode_numbers_ = InodeNumbers::kept;  // of the root's file system
  std::optional<std::string> last_directory_;        // that before_run() met
  bool last_was_without_files_ = false;
};

}  // namespace wm
