#include "supervisor/job_directory/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <utility>

#include "common/os/errno_error.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

constexpr std::size_t enough_to_write = std::size_t{1} << 16;

}  // namespace

void write_all(int fd, std::string_view text, const std::string& shown) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_errno("cannot write " + shown_path(shown));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

AtomicFile::AtomicFile(JobDirectory directory, std::string name, mode_t mode)
    : directory_(std::move(directory)),
      name_(std::move(name)),
      temporary_(name_ + ".tmp"),
      file_(directory_.create_anew(temporary_, mode, O_WRONLY)) {
  struct ::stat status {};
  if (::fstat(file_.get(), &status) == 0) inode_ = status.st_ino;
}

AtomicFile::~AtomicFile() {
  if (committed_) return;
  // Also when the job was lost meanwhile: the file is this process's own, or the next owner's by now.
  struct ::stat there {};
  const bool is_own = ::fstatat(directory_.fd(), temporary_.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
                      there.st_ino == inode_;
  if (is_own) ::unlinkat(directory_.fd(), temporary_.c_str(), 0);
}

void AtomicFile::write(std::string_view text) {
  pending_ += text;
  if (pending_.size() >= enough_to_write) flush();
}

void AtomicFile::flush() {
  write_all(file_.get(), pending_, directory_.path_of(name_));
  pending_.clear();
}

void AtomicFile::sync() {
  flush();
  check_errno(::fsync(file_.get()), "cannot write " + shown_path(directory_.path_of(name_)));
}

void AtomicFile::close() {
  if (!file_) return;
  flush();
  // Network file systems may report failed writes only here.
  if (::close(file_.release()) != 0 && errno != EINTR)
    throw_errno("cannot write " + shown_path(directory_.path_of(name_)));
}

void AtomicFile::commit() {
  close();
  directory_.rename(temporary_, name_);
  committed_ = true;
}

}  // namespace wm
