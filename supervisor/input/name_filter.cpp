#include "supervisor/input/name_filter.h"

#include <algorithm>

#include <fmt/format.h>

#include "supervisor/text/absolute_path.h"
#include "supervisor/text/ascii_case.h"
#include "supervisor/text/escape.h"

namespace wm {

std::string_view file_extension(std::string_view path) {
  const std::string_view name = last_component(path);
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string_view() : name.substr(dot + 1);
}

NameFilter::NameFilter(const InputSettings& input)
    : include_(patterns("--include", input.include)),
      exclude_(patterns("--exclude", input.exclude)),
      extensions_(input.extensions) {}

std::vector<NameFilter::Pattern> NameFilter::patterns(std::string_view option,
                                                      const std::vector<std::string>& globs) {
  std::vector<Pattern> result;
  for (const std::string& glob : globs) {
    result.push_back({.glob = Glob(glob), .said = fmt::format("{} '{}'", option, one_line(glob))});
  }
  return result;
}

template <typename Matches>
bool NameFilter::any_matches(std::vector<Pattern>& patterns, const Matches& matches) {
  bool any = false;
  for (Pattern& pattern : patterns) {
    if (any && pattern.matched) continue;
    if (!matches(pattern.glob)) continue;
    any = true;
    pattern.matched = true;
  }
  return any;
}

bool NameFilter::has_wanted_extension(std::string_view path) const {
  const std::string_view extension = file_extension(path);
  return std::any_of(extensions_.begin(), extensions_.end(),
                     [&](const std::string& wanted) { return equal_ignoring_case(extension, wanted); });
}

NameFilter::Verdict NameFilter::judge_file(const std::string& path, Extension extension) {
  const bool wanted = extension == Extension::any || has_wanted_extension(path);
  // Checked even for files that are left out anyway, so that an --exclude that names them counts as matched.
  const bool excluded = any_matches(exclude_, [&](const Glob& glob) { return glob.matches_file(path); });
  if (!wanted) return Verdict::other_extension;
  if (excluded) return Verdict::excluded;
  const bool included = any_matches(
      include_, [&](const Glob& glob) { return glob.matches_file(path) || glob.matches_above(path); });
  return include_.empty() || included ? Verdict::accepted : Verdict::excluded;
}

bool NameFilter::accepts_directory(const std::string& path) {
  return !any_matches(exclude_, [&](const Glob& glob) { return glob.matches_directory(path); });
}

std::vector<std::string> NameFilter::unmatched() const {
  std::vector<std::string> all;
  for (const auto* const patterns : {&include_, &exclude_}) {
    for (const Pattern& pattern : *patterns) {
      if (!pattern.matched) all.push_back(pattern.said);
    }
  }
  return all;
}

}  // namespace wm
