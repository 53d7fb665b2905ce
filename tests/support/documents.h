#pragma once

// Reads the project's documents, for tests that compare them with the code.

#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tests/support/source_directory.h"

namespace wm::test {

/// `name` is below the top of the sources. Throws std::runtime_error.
inline std::string document(const std::string& name) {
  std::ifstream stream(source_directory() + "/" + name);
  if (!stream) throw std::runtime_error("there is no document " + name);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// The part of a document under a heading, to the next heading of the same rank. `heading` may be the
/// beginning of its line: "## Parts". Throws std::runtime_error.
inline std::string section(const std::string& text, std::string_view heading) {
  const std::size_t start = text.find("\n" + std::string(heading));
  if (start == std::string::npos) throw std::runtime_error("there is no heading " + std::string(heading));
  const std::string mark = "\n" + std::string(heading.substr(0, heading.find(' ') + 1));
  return text.substr(start, text.find(mark, start + 1) - start);
}

/// What stands in backticks in the first column of the table that comes first in `text`.
inline std::set<std::string> names_in_table(const std::string& text) {
  std::set<std::string> names;
  std::istringstream lines(text);
  bool in_table = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("| ")) in_table = true;
    if (!in_table) continue;
    if (!line.starts_with("|")) break;
    const std::string cell = line.substr(0, line.find(" | "));
    for (std::size_t at = 0; (at = cell.find('`', at)) != std::string::npos;) {
      const std::size_t end = cell.find('`', at + 1);
      if (end == std::string::npos) break;
      names.insert(cell.substr(at + 1, end - at - 1));
      at = end + 1;
    }
  }
  return names;
}

}  // namespace wm::test
