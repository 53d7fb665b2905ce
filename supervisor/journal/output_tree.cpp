#include "supervisor/journal/output_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "common/os/errno_error.h"

namespace wm {
namespace {

// Filesystems take their times from a coarse clock that lags behind by up to one tick of the kernel.
constexpr std::int64_t coarse_clock_lag_ns = 20'000'000;

constexpr int max_entries_looked_at = 100;  // beyond, a look for each output costs less

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

/// With the slash at its end; "" is the root.
std::string directory_of(const std::string& output) {
  const std::size_t slash = output.rfind('/');
  return slash == std::string::npos ? "" : output.substr(0, slash + 1);
}

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

std::uint64_t OutputTree::inode_before(const std::string& output) {
  if (std::string directory = directory_of(output); directory != last_directory_) {
    last_was_without_files_ = holds_no_files(directory);
    last_directory_ = std::move(directory);
  }
  if (last_was_without_files_) return 0;
  const auto found = look(output);
  return found ? found->inode : 0;
}

/// False when it cannot be told, or only with much work.
bool OutputTree::holds_no_files(const std::string& directory) const {
  const std::string path = directory.empty() ? "." : directory;
  UniqueFd fd(::openat(root_.get(), path.c_str(), O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return errno == ENOENT;
  const std::unique_ptr<DIR, CloseDirectory> entries(::fdopendir(fd.get()));
  if (!entries) return false;
  (void)fd.release();
  for (int seen = 0; seen < max_entries_looked_at; ++seen) {
    errno = 0;
    const dirent* const entry = ::readdir(entries.get());
    if (entry == nullptr) return errno == 0;
    if (entry->d_type != DT_DIR) return false;
  }
  return false;
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
  const std::string temporary = directory_of(attempt.output) + temporary_name(attempt.run, attempt.task);
  if (::unlinkat(root_.get(), temporary.c_str(), 0) == 0) return {.temporary_removed = true};
  if (errno != ENOENT) return {};  // nobody knows

  const auto status = look(attempt.output);
  const bool published = status && status->regular && status->inode != attempt.inode_before &&
                         status->ctime_ns >= attempt.started_ns - coarse_clock_lag_ns;
  return {.published_bytes = published ? std::optional(status->size) : std::nullopt};
}

}  // namespace wm
