#pragma once

// Files that are damaged in known ways, or of odd kinds, made from good ones when a test needs them.

#include <string>
#include <vector>

namespace wm::test {

struct DamagedFile {
  std::string name, bytes;
};

/// One for each way. `formats` are file extensions: {"jpg", "png", "webp", "gif", "tif", "avif"}; text and
/// empty files are among the first of each. Throws vips::VError for a format that libvips cannot write here.
[[nodiscard]] std::vector<DamagedFile> damaged_files(const std::string& format);

}  // namespace wm::test
