#include "supervisor/cli/help_text.h"

#include <algorithm>
#include <sstream>

#include "supervisor/cli/option_table.h"
#include "tests/support/catch.h"

namespace wm {
namespace {

/// Every line fits, but for a command or a name that cannot be broken.
void check_fits(const std::string& text, std::size_t columns) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(columns, line);
    CHECK((line.size() <= columns || line.find_first_not_of(' ') == line.rfind(' ') + 1 ||
           line.starts_with("  ")));
    CHECK_FALSE(line.ends_with(' '));
  }
}

TEST_CASE("the help fits its columns") {
  for (const std::size_t columns : {60U, 80U, 100U}) {
    check_fits(help_text(columns), columns);
    for (const Subcommand& subcommand : subcommands())
      check_fits(subcommand_help(subcommand, columns), columns);
  }
}

TEST_CASE("the brief help has 25 lines of 80 columns, with examples") {
  const std::string help = brief_help();
  CHECK(std::ranges::count(help, '\n') <= 25);
  check_fits(help, 80);
  CHECK(help.find("Examples:") != std::string::npos);
  CHECK(help.find("wm-supervisor --help") != std::string::npos);
}

TEST_CASE("the help names every option") {
  const std::string help = help_text(100);
  for (const Option& option : option_table()) {
    if (option.place == OptionPlace::operand) continue;
    CAPTURE(option.name);
    CHECK(help.find("--" + std::string(option.name)) != std::string::npos);
  }
}

}  // namespace
}  // namespace wm
