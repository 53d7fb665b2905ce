#include "common/os/memory_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <stdexcept>

#include "common/os/errno_error.h"

namespace wm {

UniqueFd create_memory_file(const char* debug_name, std::size_t size) {
  UniqueFd file(check_errno(::memfd_create(debug_name, MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create"));
  if (const int error = ::posix_fallocate(file.get(), 0, static_cast<off_t>(size)); error != 0) {
    errno = error;
    throw_errno("cannot reserve shared memory");
  }
  check_errno(::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), "F_ADD_SEALS");
  return file;
}

UniqueFd create_sealed_file(const char* debug_name, std::span<const std::byte> bytes) {
  UniqueFd file(check_errno(::memfd_create(debug_name, MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create"));
  for (std::span<const std::byte> rest = bytes; !rest.empty();) {
    const auto written = ::write(file.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_errno("cannot write to shared memory");
    rest = rest.subspan(static_cast<std::size_t>(written));
  }
  check_errno(::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL),
              "F_ADD_SEALS");
  return file;
}

std::vector<std::byte> read_whole_file(int fd, std::size_t limit) {
  struct stat status {};
  check_errno(::fstat(fd, &status), "fstat");
  const auto too_large = [] { return std::length_error("file is too large"); };
  if (status.st_size > 0 && static_cast<std::size_t>(status.st_size) > limit) throw too_large();

  std::vector<std::byte> bytes(static_cast<std::size_t>(status.st_size) + 1);
  std::size_t length = 0;
  for (;;) {
    if (length == bytes.size()) bytes.resize(bytes.size() * 2);
    const auto got = ::pread(fd, bytes.data() + length, bytes.size() - length, static_cast<off_t>(length));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno("read");
    if (got == 0) break;
    length += static_cast<std::size_t>(got);
    if (length > limit) throw too_large();
  }
  bytes.resize(length);
  return bytes;
}

}  // namespace wm
