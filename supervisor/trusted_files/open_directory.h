#pragma once

// Opens a directory by a path that the user named, component by component, so that no stranger's symbolic
// link can lead it elsewhere (see link_is_followed()). The kernel does the same only for sticky directories,
// and not on every system. May be called from any thread.

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
  mode_t mode = 0777;                     // of the last component, if it is created; less the umask
  LastLink last_link = LastLink::follow;  // if the last component is a link
  int from = AT_FDCWD;                    // where a relative path begins; borrowed descriptor
};

/// The directory, open for reading. Created directories belong to this process' user on return. Throws
/// UsageError when a link is not followed, and for everything else std::system_error with `path` (ENOENT: it
/// does not exist).
[[nodiscard]] UniqueFd open_directory(const std::string& path, const DirectoryRules& rules = {});

}  // namespace wm
