#include "supervisor/report/free_space.h"

#include <sys/statvfs.h>

namespace wm {

std::optional<std::uint64_t> free_space(const std::string& path) noexcept {
  struct ::statvfs space {};
  if (::statvfs(path.c_str(), &space) != 0) return std::nullopt;
  return std::uint64_t{space.f_bavail} * space.f_frsize;
}

}  // namespace wm
