#pragma once

// Whether the file at an input's path is still the one that a worker had when it crashed. May be called from
// any thread.

#include <cstdint>
#include <string>

#include "common/os/file_stamp.h"

namespace wm {

enum class InputState : std::uint8_t {
  same,
  changed,   // the same file with other contents
  replaced,  // another file, or no regular one
  unknown,   // the report knows too little of it
  missing,   // it cannot be opened
};

struct InputComparison {
  InputState state = InputState::missing;
  FileStamp now;        // of the file that is there
  std::string problem;  // of missing: why
};

/// `found` and `xxh3` are what the report has, not known and "" where it has none. A file that is another one
/// than the recorded one is read only when it may be a copy of it: a regular file of the same size, to which
/// no link leads.
[[nodiscard]] InputComparison compare_input(const std::string& path, const FileStamp& found,
                                            const std::string& xxh3);

}  // namespace wm
