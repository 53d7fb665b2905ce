#pragma once

// Where a symbolic link in an input tree leads, and whether it may be followed. Anyone who may write into the
// tree can make a link to any file that the job's user, but not he himself, may read; so a link counts only
// where it belongs to the owner of what it leads to. Each link on the way is judged on its own, also those in
// the middle of a path. What is judged is what is opened: no name is looked up twice.

#include <sys/stat.h>

#include <string>

#include "common/os/unique_fd.h"
#include "supervisor/cli/job_settings.h"

namespace wm {

struct FollowedLink {
  UniqueFd target;           // O_PATH, or none
  struct stat status {};     // of the target
  int error = 0;             // not 0: why there is no target
  bool other_owner = false;  // a link on the way belongs to somebody else than what it leads to
  uid_t link_owner = 0;      // of the first such link, and of what it leads to
  uid_t target_owner = 0;
};

/// Follows the link `name` in `directory`. With LinkPolicy::owner `other_owner` is found out; otherwise it
/// stays false.
[[nodiscard]] FollowedLink follow_link(int directory, const std::string& name, LinkPolicy policy);

}  // namespace wm
