#pragma once

// Examines outputs without following a symlink at the end of their path. Any thread, unless stated otherwise.

#include <sys/stat.h>
#include <sys/types.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>

#include "common/job/outcome.h"
#include "common/job/output_identity.h"
#include "common/job/task.h"
#include "common/job/temporary_name.h"
#include "common/os/errno_error.h"
#include "common/os/inode_numbers.h"
#include "common/os/unique_fd.h"
#include "supervisor/dispatch/announced_outputs.h"

namespace wm {

/// A change may have a time up to this much before an event that it really followed: file systems take their
/// times from a coarse clock that lags by up to one kernel tick.
inline constexpr std::int64_t coarse_clock_lag_ns = 20'000'000;

struct OutputStatus {
  ::mode_t mode = 0;
  OutputIdentity identity;
  std::uint64_t inode = 0;    // at present, even where the file system does not keep it
  std::int64_t ctime_ns = 0;  // last change of the inode; a rename onto the path counts on Linux file systems

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
  bool out_of_reach = false;           // nobody can say whether it did
  bool temporary_removed = false;
};

/// Whether the error says that a path leads to nothing that this user may use.
[[nodiscard]] constexpr bool is_out_of_reach(int error) noexcept {
  return is_absence(error) || error == EACCES || error == ELOOP || error == ENAMETOOLONG;
}

/// What a path counts as that leads to nothing that this user may use.
enum class OutOfReach : std::uint8_t { absent, error };

class OutputTree {
 public:
  /// Follows no links of untrusted users. Throws UsageError, std::system_error.
  explicit OutputTree(const std::string& directory);

  [[nodiscard]] int fd() const noexcept { return root_.get(); }
  [[nodiscard]] const OutputRoot& root() const noexcept { return identity_; }
  /// None when nothing is there. Throws std::system_error when that cannot be found out. A caller that
  /// forgets something because nothing is there demands OutOfReach::error.
  [[nodiscard]] std::optional<OutputStatus> look(const std::string& output,
                                                 OutOfReach counts_as = OutOfReach::absent) const;
  /// What is at the output's path before this run writes there. Does not check outputs in a directory that
  /// held no files when the first of them was checked: a worker notices files that appear there later. Throws
  /// std::system_error as look() does. One thread at a time.
  [[nodiscard]] std::optional<OutputStatus> before_run(const std::string& output);
  /// The output, if it is a regular file that appeared there between the two times.
  [[nodiscard]] std::optional<OutputIdentity> made_between(const std::string& output, std::int64_t after_ns,
                                                           std::int64_t before_ns) const;
  /// Whether the file begins and ends with something other than zeros. A power failure can leave files of the
  /// right size whose contents never reached the disk.
  [[nodiscard]] bool has_data(const std::string& output) const;
  /// Whether a regular file is at the output's path, as far as that can be found out.
  [[nodiscard]] bool holds_file(const std::string& output) const;
  /// What an attempt left whose worker is confirmed dead; removes its temporary file. The output counts as
  /// published if the file at its path is the one that a worker announced for the task before renaming it
  /// there.
  [[nodiscard]] AttemptTraces traces_of(const PublishAttempt& attempt,
                                        const AnnouncedOutputs& announced) const;
  /// The same without changing anything: the worker may be alive.
  [[nodiscard]] std::optional<Published> published_by(const PublishAttempt& attempt,
                                                      const AnnouncedOutputs& announced) const;

 private:
  [[nodiscard]] std::optional<OutputStatus> look_if_possible(const std::string& output) const;
  [[nodiscard]] static std::optional<Published> published_by(const PublishAttempt& attempt,
                                                             const std::optional<OutputStatus>& status,
                                                             const AnnouncedOutputs& announced);
  [[nodiscard]] bool holds_no_files(const std::string& directory) const;
  [[nodiscard]] InodeNumbers inode_numbers_of(const std::string& output, const struct ::stat& status) const;

  UniqueFd root_;
  OutputRoot identity_;
  InodeNumbers inode_numbers_ = InodeNumbers::kept;  // of the root's file system
  std::optional<std::string> last_directory_;        // the last one that before_run() met
  bool last_was_without_files_ = false;
};

}  // namespace wm
