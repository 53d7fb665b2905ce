#pragma once

// Patterns for paths: those of fnmatch(3), byte by byte, in which "*" also matches "/", and
//
//   {jpg,png}   any one of these; braces may be nested, and without a comma they are literal
//   **/         any number of directories, including none
//   /           at the beginning: directly below the INPUT
//
// A pattern with a "/" before its end is matched against whole paths, any other against names. Pure.

#include <string>
#include <string_view>
#include <vector>

namespace wm {

class Glob {
 public:
  /// Throws std::invalid_argument, with the mistake and its correction, for a pattern that could match
  /// nothing, such as one with an unclosed bracket.
  explicit Glob(std::string_view pattern);

  /// `path` is the relative path of a file. A pattern that ends in "/" matches only directories.
  [[nodiscard]] bool matches_file(const std::string& path) const;
  /// The same for a directory: whether the pattern matches the directory itself, or everything that can be in
  /// it.
  [[nodiscard]] bool matches_directory(const std::string& path) const;
  /// Whether a pattern that ends in "/" matches a directory above `path`.
  [[nodiscard]] bool matches_above(const std::string& path) const;

 private:
  struct Alternative {
    std::string pattern;
    bool whole_path = false;
    bool only_directories = false;
    bool whole_contents = false;  // made of "DIRECTORY/*": stands for the directory
  };
  void add(std::string pattern);
  void add_whole_contents(const Alternative& alternative);
  static bool matches(const Alternative& alternative, const std::string& path);

  std::vector<Alternative> alternatives_;
};

}  // namespace wm
