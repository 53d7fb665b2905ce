// The sample configuration and the manual page know every option, and the sample is one that can be run.

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <fmt/format.h>

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
    constexpr std::array<std::string_view, 4> not_keys{"worker-program", "restart-pause", "help", "version"};
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

TEST_CASE("the guide to marks has a section with a picture for every option of a mark") {
  const std::string guide = contents("docs/marks.md");
  for (const Option& option : option_table()) {
    if (option.group != OptionGroup::mark) continue;
    const bool optional = option.kind == ValueKind::optional_word;
    const std::string synopsis = fmt::format("\n### `--{}{}{}{}`\n", option.name, optional ? "[=" : " ",
                                             option.placeholder, optional ? "]" : "");
    CAPTURE(option.name);
    const std::size_t begin = guide.find(synopsis);
    REQUIRE(begin != std::string::npos);
    const std::string section = guide.substr(begin, guide.find("\n##", begin + 1) - begin);
    CHECK(section.find("](images/marks/") != std::string::npos);
  }
}

TEST_CASE("the guide to marks shows all pictures that are made for it, and no others") {
  const std::string guide = contents("docs/marks.md");
  const std::regex reference(R"(\]\((images/marks/[^)]+)\))");
  std::set<std::string> shown;
  for (std::sregex_iterator at(guide.begin(), guide.end(), reference), end; at != end; ++at)
    shown.insert((*at)[1]);
  std::set<std::string> made;
  for (const auto& entry : std::filesystem::directory_iterator(WM_SOURCE_DIR "/docs/images/marks")) {
    made.insert("images/marks/" + entry.path().filename().string());
    CHECK(entry.file_size() < 50'000);
  }
  CHECK(shown == made);
}

}  // namespace
}  // namespace wm
