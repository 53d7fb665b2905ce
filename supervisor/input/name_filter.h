#pragma once

// Decides by their names which files are inputs and which directories are entered: extensions, then globs
// (text/glob.h). Remembers which globs never matched anything.

#include <string>
#include <string_view>
#include <vector>

#include "supervisor/cli/job_settings.h"
#include "supervisor/text/glob.h"

namespace wm {

class NameFilter {
 public:
  enum class Verdict { accepted, other_extension, excluded };
  enum class Extension { must_be_wanted, any };

  /// Throws std::invalid_argument for a glob that the command line would have refused.
  explicit NameFilter(const InputSettings& input);

  /// Whether the file is an input. `path` is relative to the directory operand; for a file that is named
  /// directly, it is what the user wrote.
  [[nodiscard]] Verdict judge_file(const std::string& path, Extension extension = Extension::must_be_wanted);

  /// Whether the directory may be entered. Not called for a directory that is named directly.
  [[nodiscard]] bool accepts_directory(const std::string& path);

  /// "--include '*.jgp'" for each glob that has matched nothing so far.
  [[nodiscard]] std::vector<std::string> unmatched() const;

 private:
  struct Pattern {
    Glob glob;
    std::string said;
    bool matched = false;
  };
  static std::vector<Pattern> patterns(std::string_view option, const std::vector<std::string>& globs);
  template <typename Matches>
  static bool any_matches(std::vector<Pattern>& patterns, const Matches& matches);
  [[nodiscard]] bool has_wanted_extension(std::string_view path) const;

  std::vector<Pattern> include_;
  std::vector<Pattern> exclude_;
  std::vector<std::string> extensions_;
};

/// "JPG" of "a/b.JPG"; empty without one. The leading dot of a hidden file does not begin an extension.
[[nodiscard]] std::string_view file_extension(std::string_view path);

}  // namespace wm
