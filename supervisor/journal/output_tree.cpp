#include "supervisor/journal/output_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

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

bool OutputTree::has_data(const std::string& output) const {
  const UniqueFd file(::openat(root_.get(), output.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  const auto any_data = [&](off_t at) {
    std::array<char, 64> bytes{};
    const auto count = ::pread(file.get(), bytes.data(), bytes.size(), at);
    return std::any_of(bytes.begin(), bytes.begin() + std::max<ssize_t>(count, 0),
                       [](char byte) { return byte != 0; });
  };
  return any_data(0) && any_data(std::max<off_t>(status.st_size - 64, 0));
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
