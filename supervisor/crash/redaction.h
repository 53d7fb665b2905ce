#pragma once

// Names that a report must not tell (--redact-paths), replaced by hashes that keep their depth and extension.
// A short hash of a name that somebody guesses confirms it: this hides names from a reader, not from one who
// has a list of them. Pure.

#include <string>
#include <string_view>
#include <vector>

namespace wm {

/// A path whose names are replaced.
[[nodiscard]] std::string redacted(const std::string& path);

/// A word of a command line: the names of options and numbers stay, all else is replaced.
[[nodiscard]] std::string redacted_word(const std::string& word);

/// Hides known paths in texts: whole ones and, since logs show paths as the user gave them, every end of one
/// of whole names; also as shown_path() has them.
class NameHider {
 public:
  explicit NameHider(std::vector<std::string> paths) : paths_(std::move(paths)) {}
  [[nodiscard]] std::string operator()(std::string text) const;

 private:
  std::vector<std::string> paths_;
};

}  // namespace wm
