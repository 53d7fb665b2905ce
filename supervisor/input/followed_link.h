#pragma once

// Where a symbolic link in an input tree leads, and whether it may be followed. Anyone who can write into the
// tree can create a link to a file that the job's user may read but they may not; so a link is trusted only
// if it belongs to the owner of its target. Each link on the way is judged separately, including those in the
// middle of a path. The file that is judged is the one that is opened: no name is looked up twice.

#include <sys/stat.h>

#include <string>

#include "common/os/unique_fd.h"
#include "supervisor/cli/job_settings.h"

namespace wm {

struct FollowedLink {
  UniqueFd target;           // O_PATH, or none
  struct stat status {};     // of the target
  int error = 0;             // not 0: why there is no target
  bool other_owner = false;  // a link on the way belongs to another user than its target
  uid_t link_owner = 0;      // of the first such link, and of its target
  uid_t target_owner = 0;
};

/// Follows the link `name` in `directory`. `other_owner` is determined only with LinkPolicy::owner; otherwise
/// it stays false.
[[nodiscard]] FollowedLink follow_link(int directory, const std::string& name, LinkPolicy policy);

/// Why `path` in `directory` (or AT_FDCWD) cannot be examined; `error` is of an attempt that follows links.
[[nodiscard]] std::string problem_with(int directory, const std::string& path, int error);

}  // namespace wm
