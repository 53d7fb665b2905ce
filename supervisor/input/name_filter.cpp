#include "supervisor/input/name_filter.h"

#include <fnmatch.h>

#include <algorithm>

#include "supervisor/text/absolute_path.h"
#include "supervisor/text/ascii_case.h"

namespace wm {

std::string_view name_ending(std::string_view path) {
  const std::string_view name = last_component(path);
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string_view() : name.substr(dot + 1);
}

NameFilter::NameFilter(const InputSettings& input)
    : include_(globs(input.include)), exclude_(globs(input.exclude)), extensions_(input.extensions) {}

std::vector<NameFilter::Glob> NameFilter::globs(const std::vector<std::string>& patterns) {
  std::vector<Glob> result;
  for (std::string pattern : patterns) {
    while (pattern.starts_with("./")) pattern.erase(0, 2);
    const bool only_directories = pattern.size() > 1 && pattern.ends_with('/');
    if (only_directories) pattern.pop_back();
    const bool whole_path = pattern.find('/') != std::string::npos;
    result.push_back({.pattern = pattern, .whole_path = whole_path, .only_directories = only_directories});
  }
  return result;
}

bool NameFilter::matches(const Glob& glob, const std::string& path) {
  const std::size_t slash = glob.whole_path ? std::string::npos : path.rfind('/');
  const char* const subject = path.c_str() + (slash == std::string::npos ? 0 : slash + 1);
  return ::fnmatch(glob.pattern.c_str(), subject, 0) == 0;
}

bool NameFilter::has_wanted_ending(std::string_view path) const {
  const std::string_view ending = name_ending(path);
  return std::any_of(extensions_.begin(), extensions_.end(),
                     [&](const std::string& wanted) { return equal_ignoring_case(ending, wanted); });
}

bool NameFilter::accepts_file(const std::string& path) const {
  if (!has_wanted_ending(path)) return false;
  const auto hit = [&](const Glob& glob) { return !glob.only_directories && matches(glob, path); };
  if (std::any_of(exclude_.begin(), exclude_.end(), hit)) return false;
  return include_.empty() || std::any_of(include_.begin(), include_.end(), hit);
}

bool NameFilter::accepts_directory(const std::string& path) const {
  return std::none_of(exclude_.begin(), exclude_.end(),
                      [&](const Glob& glob) { return matches(glob, path); });
}

}  // namespace wm
