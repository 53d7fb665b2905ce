#pragma once

// Opens the files that a memory map names. The map comes from a process that was out of its mind, or from
// somebody who has made it up: only files in the places where programs and libraries are installed are
// opened. May be called from any thread.

#include <string>
#include <vector>

#include "common/os/unique_fd.h"

namespace wm {

enum class ModuleAccess : std::uint8_t {
  opened,
  missing,
  refused,  // in another place, reached by a link, no regular file, or others may change it
};

struct ModuleFile {
  ModuleAccess access = ModuleAccess::missing;
  UniqueFd file;  // for reading
};

/// The system's directories for programs, libraries and debug information, and that of this program.
[[nodiscard]] std::vector<std::string> module_directories();

/// `path` must be one without links, as the kernel shows paths of mapped files, below one of `directories`;
/// the file must be a regular one of root or this process' user that nobody else may write.
[[nodiscard]] ModuleFile open_module(const std::string& path, const std::vector<std::string>& directories);

/// Whether the file behind a descriptor that a library has opened would have been opened, too.
[[nodiscard]] bool may_be_read(int fd, const std::vector<std::string>& directories);

}  // namespace wm
