#include "supervisor/commands/spool.h"

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "common/os/errno_error.h"
#include "supervisor/text/console.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

constexpr std::size_t block_bytes = std::size_t{1} << 16;

/// Where the file system has no files without a name, the name is removed at once.
UniqueFd unnamed_file() {
  std::error_code error;
  std::string path = std::filesystem::temp_directory_path(error).string();
  if (error) path = "/tmp";
  UniqueFd file(::open(path.c_str(), O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600));
  if (!file) {
    path += "/wm-supervisor-XXXXXX";
    file.reset(::mkostemp(path.data(), O_CLOEXEC));
    if (!file) throw_errno("cannot make a temporary file " + shown_path(path));
    ::unlink(path.c_str());
  }
  return file;
}

}  // namespace

Spool::Spool() : file_(unnamed_file()) {}

void Spool::add(std::string_view bytes) {
  pending_ += bytes;
  if (pending_.size() >= block_bytes) flush();
}

void Spool::flush() {
  in_file_ = in_file_ || !pending_.empty();
  for (std::string_view rest = pending_; !rest.empty();) {
    const ssize_t count = ::write(file_.get(), rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count == 0) errno = ENOSPC;
    if (count <= 0) throw_errno("cannot write a temporary file");
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  pending_.clear();
}

bool Spool::print() {
  flush();
  return read([](std::string_view bytes) { return print_out(bytes); });
}

void Spool::move_to(const std::function<void(std::string_view)>& take) {
  if (in_file_) {
    flush();
    static_cast<void>(read([&](std::string_view bytes) {
      take(bytes);
      return true;
    }));
  } else {
    take(pending_);
  }
  clear();
}

void Spool::clear() {
  pending_.clear();
  if (!in_file_) return;
  if (::ftruncate(file_.get(), 0) != 0 || ::lseek(file_.get(), 0, SEEK_SET) != 0)
    throw_errno("cannot write a temporary file");
  in_file_ = false;
}

bool Spool::read(const std::function<bool(std::string_view)>& take) {
  std::string block(block_bytes, '\0');
  for (off_t at = 0;;) {
    const ssize_t got = ::pread(file_.get(), block.data(), block.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno("cannot read a temporary file");
    if (got == 0) return true;
    if (!take(std::string_view(block).substr(0, static_cast<std::size_t>(got)))) return false;
    at += got;
  }
}

}  // namespace wm
