#pragma once

// Patterns for paths: those of fnmatch(3), byte by byte, in which "*" matches "/" too, and
//
//   {jpg,png}   one of them; braces may be nested, and without a comma they mean themselves
//   **/         any number of directories, also none
//   /           at the beginning: below the INPUT itself
//
// A pattern with a "/" before its end is for whole paths, any other for names. Pure.

#include <string>
#include <string_view>
#include <vector>

namespace wm {

class Glob {
 public:
  /// Throws std::invalid_argument with what is wrong and what to write instead when the pattern could match
  /// nothing, as an unclosed bracket does.
  explicit Glob(std::string_view pattern);

  /// `path` is relative, a file's. A pattern that ends in "/" is for directories only.
  [[nodiscard]] bool matches_file(const std::string& path) const;
  /// Likewise of a directory: the pattern matches itself, or everything that can be in it.
  [[nodiscard]] bool matches_directory(const std::string& path) const;
  /// Does a pattern that ends in "/" match a directory above `path`?
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
