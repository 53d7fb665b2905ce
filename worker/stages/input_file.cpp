#include "worker/stages/input_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "common/job/outcome.h"
#include "common/os/errno_error.h"
#include "common/os/file_mode.h"

namespace wm {
namespace {

const char* what_it_is(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return "a directory";
    case S_IFIFO:
      return "a pipe";
    case S_IFSOCK:
      return "a socket";
    default:
      return "a device";
  }
}

}  // namespace

InputFile InputFile::open(const std::string& path, const FileStamp& found) {
  InputFile file;
  // This descriptor only refers to the file: really opening a device or a pipe may have side effects.
  const UniqueFd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!place || ::fstat(place.get(), &file.status_) != 0) {
    throw TaskFailure(FailureKind::unreadable, "cannot be opened: " + errno_text());
  }
  if (!S_ISREG(file.status_.st_mode)) {
    throw TaskFailure(FailureKind::unreadable,
                      fmt::format("is not a regular file but {}", what_it_is(file.status_.st_mode)));
  }
  if (found.is_known() && !is_same_file(found, stamp_of(file.status_))) {
    throw TaskFailure(FailureKind::unreadable,
                      "was replaced by another file after it was found; run the same command again to mark "
                      "the one that is there now");
  }
  const std::string itself = fmt::format("/proc/self/fd/{}", place.get());
  file.fd_ = UniqueFd(::open(itself.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file.fd_ || ::fstat(file.fd_.get(), &file.status_) != 0) {
    throw TaskFailure(FailureKind::unreadable, "cannot be opened: " + errno_text());
  }
  leave_out_denials(itself.c_str(), file.status_);
  if (file.status_.st_size == 0) throw TaskFailure(FailureKind::corrupt, "the file is empty");
  return file;
}

std::size_t InputFile::read_into(std::span<std::byte> buffer) const {
  std::size_t done = 0;
  while (done < buffer.size()) {
    const auto count =
        ::pread(fd_.get(), buffer.data() + done, buffer.size() - done, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw TaskFailure(FailureKind::unreadable, "cannot be read: " + errno_text());
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

std::vector<std::byte> InputFile::head(std::size_t most) const {
  std::vector<std::byte> bytes(most);
  bytes.resize(read_into(bytes));
  return bytes;
}

void InputFile::read() {
  const auto promised = static_cast<std::size_t>(status_.st_size);
  bytes_ = std::make_unique_for_overwrite<std::byte[]>(promised);
  size_ = read_into({bytes_.get(), promised});
}

void InputFile::replace_bytes(std::span<const std::byte> bytes) {
  bytes_ = std::make_unique_for_overwrite<std::byte[]>(bytes.size());
  std::ranges::copy(bytes, bytes_.get());
  size_ = bytes.size();
}

}  // namespace wm
