#include "supervisor/cli/help_text.h"

#include <sstream>

#include "supervisor/cli/option_table.h"
#include "tests/support/catch.h"

namespace wm {
namespace {

TEST_CASE("the help fits 100 columns") {
  std::istringstream lines(help_text());
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    CHECK(line.size() <= 100);
    CHECK_FALSE(line.ends_with(' '));
  }
}

TEST_CASE("the help names every option") {
  const std::string help = help_text();
  for (const Option& option : option_table()) {
    if (option.operand) continue;
    CAPTURE(option.name);
    CHECK(help.find("--" + std::string(option.name)) != std::string::npos);
  }
}

}  // namespace
}  // namespace wm
