#include "supervisor/trusted_files/link_support.h"

#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace wm {

bool knows_links(int directory) noexcept {
  constexpr std::uint32_t exfat = 0x2011BAB0;  // not in every magic.h
  struct statfs system {};
  if (::fstatfs(directory, &system) != 0) return true;
  const auto type = static_cast<std::uint32_t>(system.f_type);
  if (type == MSDOS_SUPER_MAGIC || type == exfat) return false;
  if (type != FUSE_SUPER_MAGIC) return true;
  constexpr const char* name = ".wm-supervisor-link.tmp";
  if (::symlinkat("nowhere", directory, name) == 0) {
    ::unlinkat(directory, name, 0);
    return true;
  }
  return errno != ENOSYS && errno != EPERM && errno != EOPNOTSUPP;
}

}  // namespace wm
