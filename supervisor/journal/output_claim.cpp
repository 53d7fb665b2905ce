#include "supervisor/journal/output_claim.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>

#include <climits>
#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

struct CloseListing {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

struct flock lock_at(off_t begin, off_t bytes, int type) {
  struct flock lock {};
  lock.l_type = static_cast<short>(type);
  lock.l_whence = SEEK_SET;
  lock.l_start = begin;
  lock.l_len = bytes;
  return lock;
}

std::string target_of(const std::string& link) {
  std::array<char, PATH_MAX> path{};
  const ::ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
  return length <= 0 ? std::string() : std::string(path.data(), static_cast<std::size_t>(length));
}

/// The job directory of a supervisor, found by the lock file that it holds open.
std::string job_directory_of(pid_t pid) {
  const std::string descriptors = fmt::format("/proc/{}/fd", pid);
  const std::unique_ptr<DIR, CloseListing> entries(::opendir(descriptors.c_str()));
  while (const dirent* const entry = entries ? ::readdir(entries.get()) : nullptr) {
    const std::string path = target_of(descriptors + "/" + static_cast<const char*>(entry->d_name));
    constexpr std::string_view lock = "/lock";
    if (path.ends_with(lock)) return path.substr(0, path.size() - lock.size());
  }
  return "";
}

}  // namespace

OutputClaim::OutputClaim(int directory)
    : directory_(check_errno(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                             "cannot open the output directory")) {
  struct flock lock = lock_at(::getpid(), 1, F_RDLCK);
  check_errno(::fcntl(directory_.get(), F_OFD_SETLK, &lock), "cannot lock the output directory");
}

std::vector<OutputNeighbour> OutputClaim::new_neighbours() {
  std::vector<OutputNeighbour> found;
  for (const pid_t pid : locking_pids()) {
    if (std::ranges::find(known_, pid) != known_.end()) continue;
    known_.push_back(pid);
    // If it runs elsewhere, its pid here belongs to some other process.
    const std::string job = job_directory_of(pid);
    found.push_back({.pid = job.empty() ? 0 : pid, .job_directory = job});
  }
  return found;
}

std::vector<pid_t> OutputClaim::locking_pids() const {
  struct Range {
    off_t begin = 0, end = 0;
  };
  constexpr std::size_t most = 100;
  std::vector<pid_t> pids;
  std::vector<Range> ranges{{1, std::numeric_limits<pid_t>::max()}};
  while (!ranges.empty() && pids.size() < most) {
    const Range range = ranges.back();
    ranges.pop_back();
    if (range.begin >= range.end) continue;
    // Only a query: an exclusive lock would conflict with the shared locks of others.
    struct flock lock = lock_at(range.begin, range.end - range.begin, F_WRLCK);
    if (::fcntl(directory_.get(), F_OFD_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) continue;
    const off_t pid = std::clamp(lock.l_start, range.begin, range.end - 1);
    pids.push_back(static_cast<pid_t>(pid));
    // The kernel names any lock in the range, not the first one.
    ranges.push_back({range.begin, pid});
    ranges.push_back({pid + 1, range.end});
  }
  return pids;
}

std::string neighbour_text(const OutputNeighbour& neighbour, const std::string& output) {
  const std::string who = neighbour.pid > 0 ? fmt::format("pid {}, job directory {}", neighbour.pid,
                                                          shown_path(neighbour.job_directory))
                                            : "of another user, on another machine or in another container";
  return fmt::format(
      "another wm-supervisor ({}) writes into {}, too; of outputs that both make, the second fails (kind "
      "exists); wait for it, stop it, or use another --output",
      who, shown_path(output));
}

}  // namespace wm
