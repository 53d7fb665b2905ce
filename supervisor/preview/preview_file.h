#pragma once

// The output file of a preview. It appears whole or not at all. An existing file is replaced only when it is
// a preview itself, whatever its name, so no picture can be lost, least of all the input. Symbolic links are
// not followed.

#include <sys/types.h>

#include <cstddef>
#include <span>
#include <string>

#include "supervisor/cli/job_settings.h"
#include "supervisor/trusted_files/user_file.h"

namespace wm {

/// The permissions that all these files have in common, for a file that shows them.
[[nodiscard]] mode_t common_mode(std::span<const std::string> inputs);

class PreviewFile {
 public:
  /// `said` is the option's name for error messages. With Overwrite::never nothing is replaced. Throws
  /// UsageError when the file cannot be written, so that this is known before anything is drawn.
  PreviewFile(const std::string& path, std::string said, Overwrite overwrite);

  /// Others may read the file only if they may read each of `inputs`, the pictures it shows. Throws
  /// UsageError when another file has appeared there meanwhile, std::system_error.
  void write(std::span<const std::byte> png, std::span<const std::string> inputs);

 private:
  UserFile file_;
};

}  // namespace wm
