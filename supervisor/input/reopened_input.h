#pragma once

// Reopens an input that was found earlier: by its path, since millions of descriptors cannot be kept open,
// but never another file that has taken its place meanwhile. May be called from any thread.

#include <string>

#include "common/os/file_stamp.h"
#include "common/os/unique_fd.h"

namespace wm {

struct ReopenedInput {
  UniqueFd file;        // for reading, from its start; a regular file
  FileStamp stamp;      // as it is now
  std::string problem;  // when there is no file: why, as in "has been replaced since"
};

/// Links are followed, as they were when the input was found: only their target matters. Only the file that
/// was `found` is opened for reading, and only if it is unchanged: a pipe, a device or somebody's secret in
/// its place is examined without being opened. Never blocks on whatever is there.
[[nodiscard]] ReopenedInput reopen_input(const std::string& path, const FileStamp& found);

}  // namespace wm
