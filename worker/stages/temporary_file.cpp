#include "worker/stages/temporary_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "common/kill_point/kill_point.h"
#include "common/os/file_mode.h"
#include "common/os/rename_new.h"
#include "worker/stages/write_failure.h"

namespace wm {
namespace {

[[noreturn]] void fail(int error = errno) {
  throw write_failure("cannot write the output", error);
}

}  // namespace

TemporaryFile::TemporaryFile(int directory, std::string name, const struct stat& source, mode_t umask)
    : directory_(directory), name_(std::move(name)) {
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const mode_t mode = mode_at_creation(source.st_mode, all_of_file);
  fd_.reset(::openat(directory_, name_.c_str(), flags, mode));
  if (!fd_ && errno == EEXIST) {
    if (::unlinkat(directory_, name_.c_str(), 0) != 0) fail();
    fd_.reset(::openat(directory_, name_.c_str(), flags, mode));
  }
  if (!fd_) fail();
  share_with_group(fd_.get(), source, all_of_file, umask);
  kill_point(KillPoint::publish_created);
}

TemporaryFile::~TemporaryFile() {
  if (!has_final_name_) ::unlinkat(directory_, name_.c_str(), 0);
}

void TemporaryFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(fd_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail();
    if (count == 0) fail(ENOSPC);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void TemporaryFile::set_times(const struct timespec& accessed, const struct timespec& modified) {
  const struct timespec times[2] = {accessed, modified};
  if (::futimens(fd_.get(), times) != 0) fail();
}

OutputIdentity TemporaryFile::finish(LastInodeNumbers& numbers) {
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) fail();
  const InodeNumbers kept = numbers.of(status, fd_.get());
  // Network file systems report a full disk only here. After EINTR the descriptor is closed all the same.
  if (::close(fd_.release()) != 0 && errno != EINTR) fail();
  kill_point(KillPoint::publish_closed);
  return output_identity(status, kept);
}

bool TemporaryFile::take_name(const std::string& final_name) {
  try {
    if (!rename_new(directory_, name_.c_str(), final_name.c_str())) return false;
  } catch (const std::system_error& error) {
    fail(error.code().value());
  }
  has_final_name_ = true;
  kill_point(KillPoint::publish_renamed);
  return true;
}

void TemporaryFile::take_over_name(const std::string& final_name) {
  if (::renameat(directory_, name_.c_str(), directory_, final_name.c_str()) != 0) fail();
  has_final_name_ = true;
  kill_point(KillPoint::publish_renamed);
}

}  // namespace wm
