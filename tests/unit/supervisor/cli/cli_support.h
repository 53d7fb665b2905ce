#pragma once

// Runs parse_command_line() as from a shell.

#include <string>
#include <string_view>
#include <vector>

#include "supervisor/cli/command_line.h"
#include "supervisor/text/usage_error.h"
#include "tests/support/catch.h"
#include "tests/support/current_directory.h"
#include "tests/support/temp_dir.h"

namespace wm {

inline constexpr std::string_view tiny_png = "\x89PNG\r\n\x1A\n";

using Words = std::vector<std::string>;

inline auto parse(const Words& words) {
  std::vector<const char*> arguments;
  for (const std::string& word : words) arguments.push_back(word.c_str());
  return parse_command_line(arguments);
}

inline Words operator+(Words left, const Words& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

inline JobSettings settings(const Words& words) {
  auto result = parse(words);
  REQUIRE(std::holds_alternative<JobSettings>(result));
  return std::get<JobSettings>(std::move(result));
}

inline std::string printed(const Words& words) {
  auto result = parse(words);
  REQUIRE(std::holds_alternative<PrintedText>(result));
  return std::get<PrintedText>(std::move(result)).text;
}

inline std::string refusal(const Words& words) {
  try {
    (void)parse(words);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

/// An otherwise empty current directory with a logo.png in it.
struct Shell {
  TempDir tree;
  CurrentDirectory here{tree.path()};
  Shell() { tree.file("logo.png", tiny_png); }
};

}  // namespace wm
