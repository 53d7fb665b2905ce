#include "supervisor/preview/preview_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "common/os/file_mode.h"
#include "common/os/random_number.h"
#include "common/os/rename_new.h"
#include "common/preview/preview_request.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"
#include "supervisor/trusted_files/open_directory.h"

namespace wm {
namespace {

/// The text chunks of a preview's PNG file precede its pixels.
bool begins_as_preview(int fd) {
  std::array<char, 4096> bytes{};
  const ssize_t got = ::pread(fd, bytes.data(), bytes.size(), 0);
  if (got <= 0) return false;
  const std::string_view beginning(bytes.data(), static_cast<std::size_t>(got));
  const std::string text = std::string(preview_keyword) + '\0';
  return beginning.starts_with("\x89PNG\r\n\x1A\n") &&
         (beginning.find("tEXt" + text) != std::string_view::npos ||
          beginning.find("zTXt" + text) != std::string_view::npos);
}

/// The permissions common to all of them.
mode_t common_mode(std::span<const std::string> inputs) {
  mode_t mode = all_of_file;
  for (const std::string& input : inputs) {
    struct stat status {};  // mode 0 if the file has vanished
    if (::stat(input.c_str(), &status) == 0) leave_out_denials(input.c_str(), status);
    mode &= mode_at_creation(status.st_mode, all_of_file);
  }
  return mode;
}

/// A file that is deleted unless commit() names it. Until then its name cannot be guessed, so nobody can put
/// anything in its way.
class Unfinished {
 public:
  Unfinished(int directory, mode_t mode, std::string what)
      : directory_(directory),
        name_(fmt::format(".wm-preview-{:016x}.tmp", random_number())),
        what_(std::move(what)) {
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    fd_.reset(check_errno(::openat(directory_, name_.c_str(), flags, mode), what_));
  }
  ~Unfinished() {
    if (!name_.empty()) ::unlinkat(directory_, name_.c_str(), 0);
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const auto count = ::write(fd_.get(), bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count == 0) errno = ENOSPC;
      if (count <= 0) throw_errno(what_);
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
  }

  /// False: another file has the name, and keeps it.
  [[nodiscard]] bool commit(const std::string& name, bool replaces) {
    if (::close(fd_.release()) != 0 && errno != EINTR) throw_errno(what_);
    if (replaces) {
      check_errno(::renameat(directory_, name_.c_str(), directory_, name.c_str()), what_);
    } else if (!rename_new(directory_, name_.c_str(), name.c_str())) {
      return false;
    }
    name_.clear();
    return true;
  }

 private:
  int directory_;
  std::string name_;
  std::string what_;
  UniqueFd fd_;
};

}  // namespace

PreviewFile::PreviewFile(const std::string& path, std::string said, Overwrite overwrite)
    : path_(path), said_(std::move(said)), overwrite_(overwrite) {
  const std::size_t slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  name_ = slash == std::string::npos ? path : path.substr(slash + 1);
  if (name_.empty() || name_ == "." || name_ == "..") refuse("names no file");
  try {
    directory_ = open_directory(parent);
  } catch (const std::system_error& error) {
    refuse(fmt::format("its directory cannot be opened ({})", error.code().message()));
  }
  if (::faccessat(directory_.get(), ".", W_OK | X_OK, AT_EACCESS) != 0) {
    refuse(fmt::format("its directory is not writable ({})", errno_text()));
  }
  static_cast<void>(check_replaceable());
}

bool PreviewFile::check_replaceable() const {
  struct stat status {};
  if (::fstatat(directory_.get(), name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return false;
    refuse(errno_text());
  }
  if (S_ISLNK(status.st_mode)) refuse("is a symbolic link, which is not followed");
  if (S_ISDIR(status.st_mode)) refuse("is a directory; name a file");
  if (overwrite_ == Overwrite::never) refuse("exists, and --overwrite never leaves it");
  constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  const UniqueFd file(S_ISREG(status.st_mode) ? ::openat(directory_.get(), name_.c_str(), flags) : -1);
  if (!file || !begins_as_preview(file.get())) {
    refuse("exists and is no preview, which alone would be replaced; name another file");
  }
  return true;
}

void PreviewFile::refuse(const std::string& why) const {
  throw UsageError(fmt::format("{} {}: {}", said_, shown_path(path_), why));
}

void PreviewFile::write(std::span<const std::byte> png, std::span<const std::string> inputs) const {
  const bool replaces = check_replaceable();
  Unfinished file(directory_.get(), common_mode(inputs), "cannot write " + shown_path(path_));
  file.write(png);
  if (!file.commit(name_, replaces))
    refuse("has come there meanwhile, and is not replaced; name another file");
}

}  // namespace wm
