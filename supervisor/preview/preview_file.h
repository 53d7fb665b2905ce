#pragma once

// The output file of a preview. It appears whole or not at all. An existing file is replaced only when it is
// a preview itself, whatever its name, so no picture can be lost, least of all the input. Symbolic links are
// not followed.

#include <cstddef>
#include <span>
#include <string>

#include "common/os/unique_fd.h"
#include "supervisor/cli/job_settings.h"

namespace wm {

class PreviewFile {
 public:
  /// `said` is the option's name for error messages. With Overwrite::never nothing is replaced. Throws
  /// UsageError when the file cannot be written, so that this is known before anything is drawn.
  PreviewFile(const std::string& path, std::string said, Overwrite overwrite);

  /// Others may read the file only if they may read each of `inputs`, the pictures it shows. Throws
  /// UsageError when another file has appeared there meanwhile, std::system_error.
  void write(std::span<const std::byte> png, std::span<const std::string> inputs) const;

 private:
  [[nodiscard]] bool check_replaceable() const;
  [[noreturn]] void refuse(const std::string& why) const;

  std::string path_;
  std::string said_;
  Overwrite overwrite_;
  UniqueFd directory_;
  std::string name_;
};

}  // namespace wm
