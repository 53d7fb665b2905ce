#pragma once

// Opens an input again that was met before: by its path, since nobody keeps millions of descriptors, but
// never another file that has taken its place meanwhile. May be called from any thread.

#include <string>

#include "common/os/file_stamp.h"
#include "common/os/unique_fd.h"

namespace wm {

struct ReopenedInput {
  UniqueFd file;        // for reading, from its start; a regular file
  FileStamp stamp;      // as it is now
  std::string problem;  // when there is no file: what has become of it, "has been replaced since"
};

/// Links are followed, as they were when the input was found: what counts is where they lead. Nothing but the
/// file that was `found` is opened for reading, and it only when it is unchanged: a pipe, a device or
/// somebody's secret in its place is looked at from outside. Never blocks on what lies there.
[[nodiscard]] ReopenedInput reopen_input(const std::string& path, const FileStamp& found);

}  // namespace wm
