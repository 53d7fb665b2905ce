#pragma once

// The directory of a job below the DIR of --scratch, which may be /tmp: made with mode 0700, entered only if
// it belongs to this user and nobody else may enter it, and locked while a supervisor uses it. Its name is
// made from device and inode of the job directory: shards do not meet in it, and neither do jobs of
// containers that have the same path. A value; one thread.

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/os/unique_fd.h"
#include "supervisor/job_directory/job_directory.h"

namespace wm {

/// "wm-supervisor-1000-fd01-1a2b3c": of this user, and the device and inode of a job directory.
[[nodiscard]] std::string scratch_name(unsigned user, const struct ::stat& job_directory);

class ScratchDirectory {
 public:
  /// Below `base`, which is made if it is missing. Throws UsageError when it cannot be trusted, JobHeld when
  /// another supervisor uses it, std::system_error.
  [[nodiscard]] static ScratchDirectory make(const std::string& base, const JobDirectory& job);
  /// One that is there; none if it is missing. Throws like make().
  [[nodiscard]] static std::optional<ScratchDirectory> find(const std::string& path) {
    return find(path, Use::exclusive);
  }
  /// Likewise, for one who only reads: keeps no supervisor from using it. Never throws JobHeld.
  [[nodiscard]] static std::optional<ScratchDirectory> look_at(const std::string& path) {
    return find(path, Use::reading);
  }

  [[nodiscard]] const JobDirectory& directory() const noexcept { return directory_; }
  /// From now on it is changed only by the process that may change the job directory. Call it before other
  /// threads have copies.
  void obey(const JobDirectory& job);
  /// Whether this path leads to it.
  [[nodiscard]] bool is_at(const std::string& path) const;
  /// Renames it, for somebody who wants to save what is in it, and returns the new path; this object is of no
  /// further use. Throws std::system_error.
  [[nodiscard]] std::string set_aside() const;
  /// Removes what is in it.
  void empty() const;
  /// Removes it and what is in it, as far as that is possible.
  void remove() const noexcept;
  void remove_if_empty() const noexcept;

 private:
  enum class Use : std::uint8_t { exclusive, reading };
  ScratchDirectory(JobDirectory directory, std::shared_ptr<const UniqueFd> lock);
  [[nodiscard]] static std::optional<ScratchDirectory> find(const std::string& path, Use use);
  [[nodiscard]] static ScratchDirectory open(const std::string& path, Use use);

  JobDirectory directory_;
  std::shared_ptr<const UniqueFd> lock_;
};

}  // namespace wm
