#pragma once

// Opens a directory by a path that the user named, component by component, so that no stranger's symbolic
// link leads it elsewhere (see link_is_followed()). The kernel does the same for sticky directories only, and
// not everywhere. May be called from any thread.

#include <fcntl.h>
#include <sys/types.h>

#include <cstdint>
#include <string>

#include "common/os/unique_fd.h"

namespace wm {

struct DirectoryRules {
  enum class Missing : std::uint8_t { fail, create };
  enum class LastLink : std::uint8_t { follow, refuse };
  Missing missing = Missing::fail;
  mode_t mode = 0777;                     // of the last component when it is made; less the umask
  LastLink last_link = LastLink::follow;  // the last component is a link
  int from = AT_FDCWD;                    // where a relative path begins: a descriptor, borrowed
};

/// The directory, open for reading. What is made belongs to this process when this returns. Throws UsageError
/// when a link is not followed, std::system_error that names `path` for everything else (ENOENT: it is not
/// there).
[[nodiscard]] UniqueFd open_directory(const std::string& path, const DirectoryRules& rules = {});

}  // namespace wm
