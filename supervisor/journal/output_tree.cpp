#include "supervisor/journal/output_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <system_error>
#include <utility>

#include "common/os/errno_error.h"
#include "supervisor/text/escape.h"
#include "supervisor/trusted_files/open_directory.h"

namespace wm {
namespace {

constexpr int max_entries_looked_at = 100;  // beyond this, checking each output costs less

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

/// With a slash at its end; "" is the root.
std::string directory_of(const std::string& output) {
  const std::size_t slash = output.rfind('/');
  return slash == std::string::npos ? "" : output.substr(0, slash + 1);
}

}  // namespace

OutputTree::OutputTree(const std::string& directory)
    : root_(open_directory(directory)), inode_numbers_(inode_numbers_at(root_.get())) {
  struct stat status {};
  check_errno(::fstat(root_.get(), &status), "cannot look at the output directory");
  identity_ = output_root(status);
}

bool OutputStatus::regular() const noexcept {
  return S_ISREG(mode);
}

std::optional<OutputStatus> OutputTree::look(const std::string& output, OutOfReach counts_as) const {
  struct stat status {};
  if (::fstatat(root_.get(), output.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    // The worker that writes there meets errors other than absence, too, and reports them.
    if (counts_as == OutOfReach::absent ? is_out_of_reach(errno) : is_absence(errno)) return std::nullopt;
    throw_errno("cannot look at the output " + shown_path(output));
  }
  return OutputStatus{
      .mode = status.st_mode,
      .identity = output_identity(status, inode_numbers_of(output, status)),
      .inode = status.st_ino,
      .ctime_ns = static_cast<std::int64_t>(status.st_ctim.tv_sec) * 1'000'000'000 + status.st_ctim.tv_nsec};
}

std::optional<OutputStatus> OutputTree::look_if_possible(const std::string& output) const {
  try {
    return look(output);
  } catch (const std::system_error&) {
    return std::nullopt;  // the next attempt says why
  }
}

/// Another file system may be mounted below the root.
InodeNumbers OutputTree::inode_numbers_of(const std::string& output, const struct ::stat& status) const {
  if (status.st_dev == identity_.device) return inode_numbers_;
  const std::string directory = directory_of(output);
  const UniqueFd fd(
      ::openat(root_.get(), directory.empty() ? "." : directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  return fd ? inode_numbers_at(fd.get()) : InodeNumbers::kept;
}

std::optional<OutputStatus> OutputTree::before_run(const std::string& output) {
  if (std::string directory = directory_of(output); directory != last_directory_) {
    last_was_without_files_ = holds_no_files(directory);
    last_directory_ = std::move(directory);
  }
  return last_was_without_files_ ? std::nullopt : look(output);
}

/// False when that is unknown or too much work to find out.
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

std::optional<OutputIdentity> OutputTree::made_between(const std::string& output, std::int64_t after_ns,
                                                       std::int64_t before_ns) const {
  const auto file = look_if_possible(output);
  const bool matches = file && file->regular() && file->ctime_ns >= after_ns - coarse_clock_lag_ns &&
                       file->ctime_ns < before_ns;
  return matches ? std::optional(file->identity) : std::nullopt;
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

bool OutputTree::holds_file(const std::string& output) const {
  const auto status = look_if_possible(output);
  return status && status->regular();
}

std::optional<Published> OutputTree::published_by(const PublishAttempt& attempt,
                                                  const AnnouncedOutputs& announced) const {
  return published_by(attempt, look_if_possible(attempt.output), announced);
}

std::optional<Published> OutputTree::published_by(const PublishAttempt& attempt,
                                                  const std::optional<OutputStatus>& status,
                                                  const AnnouncedOutputs& announced) {
  if (!status || !status->regular()) return std::nullopt;
  const OutputIdentity& output = status->identity;
  const auto result = announced.find(attempt.run, attempt.task, output);
  if (!result) return std::nullopt;
  return Published{.result = *result,
                   .bytes = static_cast<std::uint64_t>(output.size),
                   .inode = output.inode,
                   .mtime_ns = output.mtime_ns};
}

AttemptTraces OutputTree::traces_of(const PublishAttempt& attempt, const AnnouncedOutputs& announced) const {
  AttemptTraces traces;
  const std::string temporary = directory_of(attempt.output) + temporary_name(attempt.run, attempt.task);
  traces.temporary_removed = ::unlinkat(root_.get(), temporary.c_str(), 0) == 0;
  try {
    traces.published = published_by(attempt, look(attempt.output, OutOfReach::error), announced);
  } catch (const std::system_error&) {
    traces.out_of_reach = true;  // the next attempt says why
  }
  return traces;
}

}  // namespace wm
