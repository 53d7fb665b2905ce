// The sample configuration and the manual page know every option, and the sample is one that can be run.

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "supervisor/cli/option_table.h"
#include "tests/unit/supervisor/cli/cli_support.h"

namespace wm {
namespace {

std::string contents(const std::string& file) {
  std::ifstream stream(WM_SOURCE_DIR "/" + file);
  REQUIRE(stream);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

TEST_CASE("the sample configuration is accepted, and means the defaults but for its marks") {
  const Shell shell;
  const std::string sample = shell.tree.file("wm-supervisor.toml", contents("docs/wm-supervisor.toml"));
  JobSettings job = settings({"--config", sample});
  REQUIRE(job.recipe.marks.size() == 2);
  const JobSettings plain =
      settings({"--config", "/dev/null", "-o", job.output, "--text", "x", job.input.operands.at(0)});
  job.recipe.marks = plain.recipe.marks;
  CHECK(job == plain);
}

TEST_CASE("the sample configuration explains every key") {
  const std::string sample = contents("docs/wm-supervisor.toml");
  for (const Option& option : option_table()) {
    constexpr std::array<std::string_view, 3> not_keys{"worker-program", "help", "version"};
    const bool is_key = option.apply != nullptr && option.group != OptionGroup::debug &&
                        std::ranges::find(not_keys, option.name) == not_keys.end();
    if (!is_key) continue;
    CAPTURE(option.name);
    const std::string key = std::string(option.name) + " = ";
    CHECK((sample.find("\n" + key) != std::string::npos || sample.find("\n# " + key) != std::string::npos));
  }
}

TEST_CASE("the manual page has every option") {
  const std::string page = contents("docs/man/wm-supervisor.1");
  for (const Option& option : option_table()) {
    if (option.operand) continue;
    CAPTURE(option.name);
    std::string name = "\\-\\-";
    for (const char letter : option.name) name += letter == '-' ? std::string("\\-") : std::string(1, letter);
    const auto ends_at = [&](std::size_t at) {
      return std::string_view("\\ \n=,\"").find(page[at + name.size()]) != std::string_view::npos;
    };
    std::size_t at = page.find(name);
    while (at != std::string::npos && !ends_at(at))
      at = page.find(name, at + 1);  // --progress, --progressive
    CHECK(at != std::string::npos);
  }
}

}  // namespace
}  // namespace wm
