#pragma once

// Opens a file that belongs to this program's user and that nobody else can have put there. May be called
// from any thread.

#include <sys/types.h>

#include <string>

#include "common/os/unique_fd.h"

namespace wm {

/// Opens `name` in `directory` (a borrowed descriptor) with `flags` of open(2): it must be a regular file of
/// this user with one name. Never follows a link and never blocks, whatever is there. Returns an invalid
/// descriptor when the file is missing and `flags` do not create it. Throws UsageError, which calls the file
/// `shown`, when something else is there; std::system_error when it cannot be opened.
[[nodiscard]] UniqueFd open_own_file(int directory, const std::string& name, const std::string& shown,
                                     int flags, mode_t mode = 0);

}  // namespace wm
