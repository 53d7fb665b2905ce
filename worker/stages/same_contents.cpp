#include "worker/stages/same_contents.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "common/os/unique_fd.h"

namespace wm {
namespace {

bool continues_with(int fd, std::span<const std::byte> piece) {
  std::array<std::byte, 65536> bytes{};
  while (!piece.empty()) {
    const auto count = ::read(fd, bytes.data(), std::min(bytes.size(), piece.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || std::memcmp(bytes.data(), piece.data(), static_cast<std::size_t>(count)) != 0)
      return false;
    piece = piece.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

bool has_contents(int directory, const std::string& name,
                  std::initializer_list<std::span<const std::byte>> pieces) {
  std::size_t size = 0;
  for (const auto& piece : pieces) size += piece.size();
  constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  const UniqueFd file(::openat(directory, name.c_str(), flags));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      static_cast<std::size_t>(status.st_size) != size) {
    return false;
  }
  return std::all_of(pieces.begin(), pieces.end(),
                     [&](std::span<const std::byte> piece) { return continues_with(file.get(), piece); });
}

}  // namespace wm
