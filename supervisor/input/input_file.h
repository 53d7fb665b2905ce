#pragma once

// One picture that the scan found, and where its marked copy goes.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/os/file_stamp.h"

namespace wm {

struct InputFile {
  std::string path;              // absolute, bytes; not resolved through symlinks
  std::uint32_t shown_from = 0;  // the path as the user knows it is path.substr(shown_from)
  std::string output;            // below the output directory, relative, without "." and ".."; may be empty
                                 // when there is a problem
  std::int64_t size = -1;        // bytes
  std::int64_t mtime_ns = 0;     // since the epoch
  FileStamp stamp;               // of the file that was found; not known when there is a problem
  std::string problem;  // if not empty, why it cannot be read; size and mtime_ns are then meaningless

  /// As the user knows it.
  [[nodiscard]] std::string_view given() const noexcept {
    return std::string_view(path).substr(std::min<std::size_t>(shown_from, path.size()));
  }
};

}  // namespace wm
