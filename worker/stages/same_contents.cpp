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

/// How many bytes of the piece follow in the file before it differs or ends.
std::size_t common_bytes(int fd, std::span<const std::byte> piece) {
  std::array<std::byte, 65536> bytes{};
  std::size_t common = 0;
  while (common < piece.size()) {
    const auto wanted = piece.subspan(common, std::min(bytes.size(), piece.size() - common));
    const auto count = ::read(fd, bytes.data(), wanted.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || std::memcmp(bytes.data(), wanted.data(), static_cast<std::size_t>(count)) != 0) break;
    common += static_cast<std::size_t>(count);
  }
  return common;
}

}  // namespace

Contents compare_contents(int directory, const std::string& name,
                          std::initializer_list<std::span<const std::byte>> pieces) {
  constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  const UniqueFd file(::openat(directory, name.c_str(), flags));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return Contents::other;
  const auto size = static_cast<std::size_t>(status.st_size);
  std::size_t wanted = 0;
  for (const auto& piece : pieces) wanted += piece.size();
  if (size > wanted) return Contents::other;
  std::size_t common = 0;
  for (const auto& piece : pieces) {
    const std::size_t found = common_bytes(file.get(), piece);
    common += found;
    if (found < piece.size()) break;
  }
  if (common != size) return Contents::other;
  return size == wanted ? Contents::same : Contents::beginning;
}

}  // namespace wm
