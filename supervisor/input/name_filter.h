#pragma once

// Decides by their names which files are inputs and which directories are entered. Globs are those of
// fnmatch(3), byte by byte; "*" matches "/" too, as with find -path.

#include <string>
#include <string_view>
#include <vector>

#include "supervisor/cli/job_settings.h"

namespace wm {

class NameFilter {
 public:
  explicit NameFilter(const InputSettings& input);

  /// Is the file an input? `path` is relative to the directory operand; of a file that was named itself, it
  /// is what the user wrote.
  [[nodiscard]] bool accepts_file(const std::string& path) const;

  /// May the directory be entered? A directory that was named itself is not asked about.
  [[nodiscard]] bool accepts_directory(const std::string& path) const;

 private:
  struct Glob {
    std::string pattern;
    bool whole_path = false;        // it contains a "/" before its end
    bool only_directories = false;  // it ended in "/"
  };
  static std::vector<Glob> globs(const std::vector<std::string>& patterns);
  static bool matches(const Glob& glob, const std::string& path);
  [[nodiscard]] bool has_wanted_ending(std::string_view path) const;

  std::vector<Glob> include_;
  std::vector<Glob> exclude_;
  std::vector<std::string> extensions_;
};

/// "JPG" of "a/b.JPG"; empty without one. The dot of a hidden file begins no ending.
[[nodiscard]] std::string_view name_ending(std::string_view path);

}  // namespace wm
