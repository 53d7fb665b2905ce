#pragma once

// Whether the file at an input's path is still the one that a worker was processing when it crashed. May be
// called from any thread.

#include <cstdint>
#include <string>

#include "common/os/file_stamp.h"

namespace wm {

enum class InputState : std::uint8_t {
  same,
  changed,   // the same file with other contents
  replaced,  // another file, or not a regular file
  unknown,   // the report contains too little information
  missing,   // it cannot be opened
};

struct InputComparison {
  InputState state = InputState::missing;
  FileStamp now;        // of the file that exists now
  std::string problem;  // only for `missing`: the reason
};

/// `found` and `xxh3` are the report's values, unknown and "" if missing. A file other than the recorded one
/// is read only if it may be a copy of it: a regular file of the same size, which is not a link.
[[nodiscard]] InputComparison compare_input(const std::string& path, const FileStamp& found,
                                            const std::string& xxh3);

}  // namespace wm
