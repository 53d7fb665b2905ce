#pragma once

// Hides names in reports (--redact-paths): they are replaced by hashes that keep depth and extension. Anybody
// who guesses a name can confirm it by its short hash: this hides names from readers, but not from somebody
// with a list of candidates. Pure.

#include <string>
#include <string_view>
#include <vector>

namespace wm {

/// The path with all of its names replaced.
[[nodiscard]] std::string redacted(const std::string& path);

/// A word of a command line: the names of options and numbers are kept, everything else is replaced.
[[nodiscard]] std::string redacted_word(const std::string& word);

/// Hides known paths in texts: complete paths and, since logs show paths as the user gave them, every suffix
/// that begins at a whole name; also in the form of shown_path().
class NameHider {
 public:
  explicit NameHider(std::vector<std::string> paths) : paths_(std::move(paths)) {}
  [[nodiscard]] std::string operator()(std::string text) const;

 private:
  std::vector<std::string> paths_;
};

}  // namespace wm
