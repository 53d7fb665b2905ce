#pragma once

// The job directory, OUTPUT/.wm-supervisor, or a directory in it. It is opened once, and everything in it is
// opened relative to that descriptor, so that no other directory can take its place while the job runs.
//
// It must belong to the user who runs the job, and nobody else may write to it. Its contents are then the
// user's own; files are checked nevertheless (see open_own_file()), because the directory may have been open
// to others before. Nothing here follows a link or waits for a FIFO. FAT and exFAT cannot restrict access,
// but contain no links either: there the directory may be open to others.
//
// A value: copies share the descriptor. All functions may be called from any thread. Refusals are UsageErrors
// with the path and what to do; all other failures are std::system_errors.

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/os/unique_fd.h"

namespace wm {

class JobDirectory {
 public:
  /// Opens the directory; creates it and its parents when missing. Its group may read it, so that colleagues
  /// can watch a job; other users may not, because log and report name every file.
  [[nodiscard]] static JobDirectory create(const std::string& path);
  /// None when it does not exist.
  [[nodiscard]] static std::optional<JobDirectory> find(const std::string& path);

  /// The path as the user named it; for messages, and for programs that somebody else starts.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::string path_of(std::string_view name) const;
  /// A path of `name` that stays in this directory whatever happens to path(), for libraries that open files
  /// by path. Valid in this process while a copy of this object lives. Check the file first.
  [[nodiscard]] std::string anchored_path(std::string_view name) const;
  [[nodiscard]] int fd() const noexcept { return opened_->directory.get(); }
  /// Whether others may change its contents, because its file system keeps no permissions.
  [[nodiscard]] bool open_to_others() const noexcept { return open_to_others_; }

  /// Throws when the directory must not be changed any more, because another process has taken it over. What
  /// it knows may be as old as its argument.
  using MayChange = std::function<void(std::chrono::nanoseconds may_be_old)>;
  /// From now on it is asked before each change through this object and its copies, and directories in it
  /// that are opened from now on. Call it before other threads have copies.
  void ask_before_changes(MayChange may_change);
  /// Asks it, if there is one. For changes of files that are open already.
  void require_may_change(std::chrono::nanoseconds may_be_old = {}) const;

  // A `name` is a single component. Each of these functions throws std::invalid_argument for anything else.

  /// Opens a file with these flags of open(2); returns an invalid descriptor when it does not exist.
  [[nodiscard]] UniqueFd open_file(const std::string& name, int flags) const;
  [[nodiscard]] UniqueFd open_or_create(const std::string& name, int flags, mode_t mode) const;
  /// Creates a new file; `access` is O_WRONLY or O_RDWR. An existing file of that name is removed, but not a
  /// directory.
  [[nodiscard]] UniqueFd create_anew(const std::string& name, mode_t mode, int access) const;
  /// True: `name` is a file that open_file() would open. False: it does not exist.
  [[nodiscard]] bool check_file(const std::string& name) const;
  /// Whether the name is taken, by anything. Throws Unreadable.
  [[nodiscard]] bool has(const std::string& name) const { return size_of(name).has_value(); }
  /// In bytes; none when nothing has the name. Throws Unreadable.
  [[nodiscard]] std::optional<std::uintmax_t> size_of(const std::string& name) const;
  /// The contents, at most `most` bytes; none when the file does not exist. Throws UsageError when it is
  /// longer.
  [[nodiscard]] std::optional<std::string> read_file(const std::string& name, std::size_t most) const;

  /// Moves a file, replacing any file of the new name. Throws std::system_error.
  void rename(const std::string& from, const std::string& to) const { rename(from, *this, to); }
  void rename(const std::string& from, const JobDirectory& directory, const std::string& to) const;
  /// Removes a file, link or special file. False with errno when it does not exist or cannot be removed;
  /// EPERM when nothing may be changed any more.
  bool remove(const std::string& name) const noexcept;

  [[nodiscard]] std::optional<JobDirectory> find_subdirectory(const std::string& name) const;
  /// Created with mode 0700.
  [[nodiscard]] JobDirectory make_subdirectory(const std::string& name) const;
  /// None when the name is taken, by anything.
  [[nodiscard]] std::optional<JobDirectory> make_new_subdirectory(const std::string& name) const;
  /// All names except "." and "..", sorted.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  struct Opened {
    UniqueFd directory;
    MayChange may_change;  // may be empty
  };
  JobDirectory(std::string path, UniqueFd directory, MayChange may_change = {});

  std::string path_;
  std::shared_ptr<Opened> opened_;
  bool open_to_others_ = false;
};

}  // namespace wm
