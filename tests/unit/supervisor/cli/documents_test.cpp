// The sample configuration and the manual page know every option, and the sample is one that can be run.

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "common/job/outcome.h"
#include "supervisor/cli/option_table.h"
#include "tests/support/source_directory.h"
#include "tests/unit/supervisor/cli/cli_support.h"

namespace wm {
namespace {

std::string contents(const std::string& file) {
  std::ifstream stream(test::source_directory() + "/" + file);
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
    constexpr std::array<std::string_view, 5> not_keys{"worker-program", "restart-pause", "help", "version",
                                                       "shard"};
    const bool is_key = option.value.apply && option.group != OptionGroup::debug &&
                        std::ranges::find(not_keys, option.name) == not_keys.end();
    if (!is_key) continue;
    CAPTURE(option.name);
    const std::string key = std::string(option.name) + " = ";
    CHECK((sample.find("\n" + key) != std::string::npos || sample.find("\n# " + key) != std::string::npos));
  }
}

std::string in_roff(std::string_view text) {
  std::string result;
  for (const char letter : text) result += letter == '-' ? std::string("\\-") : std::string(1, letter);
  return result;
}

/// The option as the manual page has it: its names, then its help as a sentence.
std::string manual_entry(const Option& option) {
  const std::string names =
      (option.letter == 0 ? "" : fmt::format("\\-{}, ", option.letter)) + "\\-\\-" + in_roff(option.name);
  const bool optional = option.value.kind == ValueKind::optional_word;
  std::string entry = fmt::format(".TP\n.B \"{}\"\n", names);
  if (optional) entry = fmt::format(".TP\n.BI \"{}\" [= {} ]\n", names, option.placeholder);
  if (takes_value(option)) entry = fmt::format(".TP\n.BI \"{} \" {}\n", names, option.placeholder);
  std::string help(option.help);
  // A sentence begins with a capital, but a value is what it is.
  const std::string first = help.substr(0, help.find_first_of(" ,;"));
  if (std::ranges::find(option.value.words, first) == option.value.words.end())
    help.front() = static_cast<char>(std::toupper(help.front()));
  return entry + in_roff(help) + ".\n";
}

/// Put into `page` between the lines `.\" table: TITLE` and `.\" end`.
void put_table(std::string& page, OptionGroup group) {
  std::string table;
  for (const Option& option : option_table()) {
    if (option.group == group && option.place != OptionPlace::operand) table += manual_entry(option);
  }
  const std::string beginning =
      fmt::format(".\\\" table: {}\n", option_group_titles[static_cast<std::size_t>(group)]);
  const std::size_t at = page.find(beginning);
  REQUIRE(at != std::string::npos);
  const std::size_t from = at + beginning.size();
  const std::size_t end = page.find(".\\\" end\n", from);
  REQUIRE(end != std::string::npos);
  page.replace(from, end - from, table);
}

/// With WM_WRITE_MANUAL in the environment, the page is made so: scripts/man_page.sh.
TEST_CASE("the tables of the manual page are the option table") {
  const std::string page = contents("docs/man/wm-supervisor.1");
  std::string right = page;
  for (std::size_t group = 0; group < option_group_titles.size(); ++group)
    put_table(right, static_cast<OptionGroup>(group));
  if (std::getenv("WM_WRITE_MANUAL") != nullptr) {  // NOLINT(concurrency-mt-unsafe): one thread
    std::ofstream(test::source_directory() + "/docs/man/wm-supervisor.1") << right;
    return;
  }
  INFO("scripts/man_page.sh writes the tables");
  CHECK(page == right);
}

TEST_CASE("the guide to marks has a section with a picture for every option of a mark") {
  const std::string guide = contents("docs/marks.md");
  for (const Option& option : option_table()) {
    if (option.group != OptionGroup::mark) continue;
    const bool optional = option.value.kind == ValueKind::optional_word;
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
  for (const auto& entry :
       std::filesystem::directory_iterator(test::source_directory() + "/docs/images/marks")) {
    made.insert("images/marks/" + entry.path().filename().string());
    CHECK(entry.file_size() < 50'000);
  }
  CHECK(shown == made);
}

TEST_CASE("the table of failures has every kind in the program's order, and no others") {
  const std::string page = contents("docs/failures.md");
  const std::size_t begin = page.find("\n## All kinds\n");
  REQUIRE(begin != std::string::npos);
  const std::string section = page.substr(begin, page.find("\n## ", begin + 1) - begin);
  const std::regex row(R"(\n\| `([a-z_]+)` \|)");
  std::vector<std::string> kinds;
  for (std::sregex_iterator at(section.begin(), section.end(), row), end; at != end; ++at)
    kinds.push_back((*at)[1]);
  CHECK(kinds == std::vector<std::string>(failure_kind_names.begin(), failure_kind_names.end()));
}

TEST_CASE("the documents of failures name options and words of options that exist") {
  const std::string page = contents("docs/failures.md");
  const std::regex option(R"(`--([a-z-]+)( [a-z]+)?`)");
  std::set<std::string> names;
  for (const Option& each : option_table()) names.insert(std::string(each.name));
  std::size_t count = 0;
  for (std::sregex_iterator at(page.begin(), page.end(), option), end; at != end; ++at, ++count) {
    CAPTURE(at->str());
    CHECK(names.contains((*at)[1]));
    if ((*at)[2].length() == 0) continue;
    const Words words{"--" + (*at)[1].str(), (*at)[2].str().substr(1)};
    CHECK_NOTHROW(settings(Words{"-o", "out", "--text", "x"} + words + Words{"a.jpg"}));
  }
  CHECK(count > 10);
}

TEST_CASE("the journal's document lists the kinds of a problem") {
  const std::string page = contents("docs/journal.md");
  std::string list;
  for (const std::string_view kind : failure_kind_names)
    list += (list.empty() ? "`" : ", `") + std::string(kind) + "`";
  CHECK(page.find("| `kind` | " + list + " |") != std::string::npos);
}

}  // namespace
}  // namespace wm
