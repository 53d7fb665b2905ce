#include "supervisor/text/glob.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace wm {
namespace {

constexpr std::size_t most_alternatives = 1000;

[[noreturn]] void refuse(const std::string& why) {
  throw std::invalid_argument(why);
}

/// Checks the "[:NAME:]" at `at`, and returns the position after it.
std::size_t after_class(std::string_view pattern, std::size_t at) {
  constexpr std::array<std::string_view, 12> classes{"alnum", "alpha", "blank", "cntrl", "digit", "graph",
                                                     "lower", "print", "punct", "space", "upper", "xdigit"};
  const std::size_t end = pattern.find(":]", at + 2);
  if (end == std::string_view::npos) refuse("has a [: without its :]");
  const std::string_view name = pattern.substr(at + 2, end - at - 2);
  if (std::find(classes.begin(), classes.end(), name) == classes.end()) {
    refuse(fmt::format("has [:{}:], which is no class of characters; there are {}", name,
                       fmt::join(classes, ", ")));
  }
  return end + 2;
}

/// The position after the bracket expression that begins at `at`. Refuses ranges that run backwards, too.
std::size_t after_bracket(std::string_view pattern, std::size_t at) {
  constexpr int none = -1;
  std::size_t i = at + 1;
  if (i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^')) ++i;
  int before = none;  // the character before a "-"
  for (bool first = true; i < pattern.size(); first = false) {
    if (pattern[i] == ']' && !first) return i + 1;
    if (pattern.substr(i).starts_with("[:")) {
      i = after_class(pattern, i);
      before = none;
      continue;
    }
    const bool is_range =
        before != none && pattern[i] == '-' && i + 1 < pattern.size() && pattern[i + 1] != ']';
    if (is_range) ++i;
    if (pattern[i] == '\\') ++i;
    if (i >= pattern.size()) break;
    const int letter = static_cast<unsigned char>(pattern[i++]);
    if (is_range && letter < before) {
      refuse(fmt::format("has the range {0:c}-{1:c}, which is empty; write {1:c}-{0:c}", before, letter));
    }
    before = is_range ? none : letter;
  }
  refuse("has a [ without its ]; write \\[ for the character itself");
}

/// The position after the unit of the pattern at `at`: a character, an escaped one, a bracket expression.
std::size_t after_unit(std::string_view pattern, std::size_t at) {
  if (pattern[at] == '[') return after_bracket(pattern, at);
  if (pattern[at] != '\\') return at + 1;
  if (at + 1 == pattern.size()) refuse("ends in a backslash; write \\\\ for the character itself");
  return at + 2;
}

struct Braces {
  std::size_t open = 0, close = 0;
  std::vector<std::size_t> commas;
};

/// The braces that open at `open`.
Braces braces_at(std::string_view pattern, std::size_t open) {
  Braces braces{.open = open, .commas = {}};
  unsigned depth = 0;
  for (std::size_t i = open; i < pattern.size(); i = after_unit(pattern, i)) {
    if (pattern[i] == '{') ++depth;
    if (pattern[i] == ',' && depth == 1) braces.commas.push_back(i);
    if (pattern[i] == '}' && --depth == 0) {
      braces.close = i;
      return braces;
    }
  }
  refuse("has a { without its }; write \\{ for the character itself");
}

/// The first braces with alternatives. Checks the whole pattern, and refuses an invalid one.
std::optional<Braces> first_braces(std::string_view pattern) {
  std::optional<Braces> first;
  for (std::size_t i = 0; i < pattern.size(); i = after_unit(pattern, i)) {
    if (pattern[i] != '{') continue;
    Braces braces = braces_at(pattern, i);
    if (!first && !braces.commas.empty()) first = std::move(braces);
  }
  return first;
}

std::vector<std::string> without_braces(std::string_view pattern) {
  std::vector<std::string> finished;
  std::vector<std::string> open{std::string(pattern)};
  while (!open.empty()) {
    const std::string current = std::move(open.back());
    open.pop_back();
    const auto braces = first_braces(current);
    if (!braces) {
      finished.push_back(current);
    } else {
      std::size_t begin = braces->open + 1;
      std::vector<std::size_t> ends = braces->commas;
      ends.push_back(braces->close);
      for (const std::size_t end : ends) {
        open.push_back(current.substr(0, braces->open) + current.substr(begin, end - begin) +
                       current.substr(braces->close + 1));
        begin = end + 1;
      }
    }
    if (finished.size() + open.size() > most_alternatives) {
      refuse(fmt::format("stands for more than {} patterns; use * instead of some of the braces",
                         most_alternatives));
    }
  }
  return finished;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

Glob::Glob(std::string_view pattern) {
  for (std::string& alternative : without_braces(pattern)) add(std::move(alternative));
}

void Glob::add(std::string pattern) {
  // The paths come from walking the tree: they contain neither "." nor doubled slashes.
  replace_all(pattern, "//", "/");
  replace_all(pattern, "/./", "/");
  while (pattern.starts_with("./")) pattern.erase(0, 2);
  const std::string framed = "/" + pattern + "/";
  if (framed.find("/../") != std::string::npos) refuse("has a .., and no path below an INPUT does");
  Alternative first;
  first.only_directories = pattern.size() > 1 && pattern.ends_with('/');
  if (first.only_directories) pattern.pop_back();
  first.whole_path = pattern.find('/') != std::string::npos;
  if (pattern.starts_with('/')) pattern.erase(0, 1);
  if (pattern.empty() || pattern == ".") refuse("names no file; write * for all of them");

  // Add the variants with and without each "**/".
  std::vector<std::string> open{std::move(pattern)};
  std::vector<std::string> seen;
  while (!open.empty()) {
    const std::string current = std::move(open.back());
    open.pop_back();
    if (current.empty() || std::find(seen.begin(), seen.end(), current) != seen.end()) continue;
    for (std::size_t at = current.find("**/"); at != std::string::npos; at = current.find("**/", at + 1)) {
      if (at != 0 && current[at - 1] != '/') continue;
      std::string shorter = current;
      shorter.erase(at, 3);
      open.push_back(std::move(shorter));
    }
    seen.push_back(current);
    if (seen.size() + alternatives_.size() > most_alternatives) refuse("has too many **/");
  }
  for (std::string& form : seen) {
    first.pattern = std::move(form);
    add_whole_contents(first);
    alternatives_.push_back(first);
  }
}

void Glob::add_whole_contents(const Alternative& alternative) {
  std::string_view directory = alternative.pattern;
  if (alternative.only_directories || !directory.ends_with('*')) return;
  while (directory.ends_with('*')) directory.remove_suffix(1);
  if (!directory.ends_with('/')) return;
  directory.remove_suffix(1);
  alternatives_.push_back({.pattern = std::string(directory), .whole_path = true, .whole_contents = true});
}

bool Glob::matches(const Alternative& alternative, const std::string& path) {
  const std::size_t slash = alternative.whole_path ? std::string::npos : path.rfind('/');
  const char* const subject = path.c_str() + (slash == std::string::npos ? 0 : slash + 1);
  return ::fnmatch(alternative.pattern.c_str(), subject, 0) == 0;
}

bool Glob::matches_file(const std::string& path) const {
  return std::any_of(alternatives_.begin(), alternatives_.end(), [&](const Alternative& alternative) {
    return !alternative.only_directories && !alternative.whole_contents && matches(alternative, path);
  });
}

bool Glob::matches_directory(const std::string& path) const {
  return std::any_of(alternatives_.begin(), alternatives_.end(),
                     [&](const Alternative& alternative) { return matches(alternative, path); });
}

bool Glob::matches_above(const std::string& path) const {
  return std::any_of(alternatives_.begin(), alternatives_.end(), [&](const Alternative& alternative) {
    if (!alternative.only_directories) return false;
    for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      if (matches(alternative, path.substr(0, slash))) return true;
    }
    return false;
  });
}

}  // namespace wm
