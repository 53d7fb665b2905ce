#include "supervisor/cli/completion.h"

#include <fmt/format.h>

#include "supervisor/cli/option_table.h"
#include "supervisor/cli/subcommand.h"
#include "tests/support/catch.h"

namespace wm {
namespace {

TEST_CASE("every shell is offered every option, its words and every subcommand") {
  const std::string bash = completion_script("bash");
  const std::string zsh = completion_script("zsh");
  const std::string fish = completion_script("fish");
  const auto contains = [](const std::string& script, const std::string& text) {
    return script.find(text) != std::string::npos;
  };
  for (const Option& option : option_table()) {
    if (option.place == OptionPlace::operand) continue;
    CAPTURE(option.name);
    CHECK(contains(bash, fmt::format("--{}", option.name)));
    CHECK(contains(zsh, fmt::format("*--{}", option.name)));
    CHECK(contains(fish, fmt::format(" -l {} ", option.name)));
    for (const std::string_view word : option.value.words) {
      CAPTURE(word);
      for (const std::string& script : {bash, zsh, fish}) CHECK(contains(script, std::string(word)));
    }
  }
  for (const Subcommand& subcommand : subcommands()) {
    CAPTURE(subcommand.name);
    CHECK(contains(bash, fmt::format("'{}':*)", subcommand.name)));
    CHECK(contains(zsh, fmt::format("== '{}' ]]", subcommand.name)));
    CHECK(contains(fish, std::string(subcommand.name.substr(0, subcommand.name.find(' ')))));
  }
}

}  // namespace
}  // namespace wm
