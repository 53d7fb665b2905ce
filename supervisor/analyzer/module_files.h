#pragma once

// Opens the files named in a memory map. The map comes from a crashed process, or may be forged: only files
// in the directories for installed programs and libraries are opened. May be called from any thread.

#include <string>
#include <vector>

#include "common/os/unique_fd.h"

namespace wm {

enum class ModuleAccess : std::uint8_t {
  opened,
  missing,
  refused,  // elsewhere, reached by a link, not a regular file, or changeable by others
};

struct ModuleFile {
  ModuleAccess access = ModuleAccess::missing;
  UniqueFd file;  // for reading
};

/// The system's directories for programs, libraries and debug information, and this program's directory.
[[nodiscard]] std::vector<std::string> module_directories();

/// `path` must contain no links, like the kernel's paths of mapped files, and be below one of `directories`;
/// the file must be a regular one of root or this process' user and not world-writable.
[[nodiscard]] ModuleFile open_module(const std::string& path, const std::vector<std::string>& directories);

/// Whether open_module() would also have opened the file that a library has opened as `fd`.
[[nodiscard]] bool may_be_read(int fd, const std::vector<std::string>& directories);

}  // namespace wm
