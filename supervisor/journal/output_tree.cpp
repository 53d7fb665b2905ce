#include "supervisor/journal/output_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/os/errno_error.h"

namespace wm {
namespace {

// Filesystems take their times from a coarse clock that lags behind by up to one tick of the kernel.
constexpr std::int64_t coarse_clock_lag_ns = 20'000'000;

}  // namespace

OutputTree::OutputTree(const std::string& directory)
    : root_(check_errno(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                        "open the output directory")) {}

std::optional<OutputStatus> OutputTree::look(const std::string& output) const {
  struct stat status {};
  if (::fstatat(root_.get(), output.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  return OutputStatus{
      .regular = S_ISREG(status.st_mode),
      .size = status.st_size,
      .inode = status.st_ino,
      .ctime_ns = static_cast<std::int64_t>(status.st_ctim.tv_sec) * 1'000'000'000 + status.st_ctim.tv_nsec};
}

AttemptTraces OutputTree::traces_of(const AttemptEvidence& attempt) const {
  const std::size_t slash = attempt.output.rfind('/');
  const std::string directory = slash == std::string::npos ? "" : attempt.output.substr(0, slash + 1);
  const std::string temporary = directory + temporary_name(attempt.run, attempt.task);
  if (::unlinkat(root_.get(), temporary.c_str(), 0) == 0) return {.temporary_removed = true};
  if (errno != ENOENT) return {};  // nobody knows

  const auto status = look(attempt.output);
  const bool published = status && status->regular && status->inode != attempt.inode_before &&
                         status->ctime_ns >= attempt.started_ns - coarse_clock_lag_ns;
  return {.published_bytes = published ? std::optional(status->size) : std::nullopt};
}

}  // namespace wm
