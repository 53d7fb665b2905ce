// docs/ARCHITECTURE.md says which directories there are and which of them include which.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/support/catch.h"
#include "tests/support/documents.h"
#include "tests/support/source_directory.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;
using Graph = std::map<std::string, Names>;

/// From each directory with sources to the others of the project that its sources include.
Graph includes() {
  const fs::path top = source_directory();
  const std::regex include("^#include \"((common|supervisor|worker)/[^\"]+)\"");
  Graph graph;
  for (const char* const root : {"common", "supervisor", "worker"}) {
    for (const auto& entry : fs::recursive_directory_iterator(top / root)) {
      const fs::path& path = entry.path();
      if (path.extension() != ".h" && path.extension() != ".cpp") continue;
      const std::string directory = path.parent_path().lexically_relative(top).string();
      Names& targets = graph[directory];
      std::ifstream source(path);
      for (std::string line; std::getline(source, line);) {
        std::smatch match;
        if (!std::regex_search(line, match, include)) continue;
        const std::string target = fs::path(match[1].str()).parent_path().string();
        if (target != directory) targets.insert(target);
      }
    }
  }
  return graph;
}

std::string row(const std::string& directory, const Names& targets) {
  const auto code = [](const std::string& name) { return "`" + name + "`"; };
  std::string words;
  for (const std::string& target : targets) words += (words.empty() ? "" : " ") + code(target);
  return fmt::format("| {} | {} |", code(directory), words.empty() ? "nothing" : words);
}

std::string architecture() {
  return document("docs/ARCHITECTURE.md");
}

TEST_CASE("every directory has a line that says what is in it") {
  const Names described = names_in_table(section(architecture(), "## Directories"));
  for (const auto& [directory, targets] : includes()) {
    if (directory.find('/') == std::string::npos) continue;  // main.cpp and the like
    CAPTURE(directory);
    CHECK((described.contains(directory) || described.contains(directory + "/")));
  }
}

TEST_CASE("the table of includes is that of the sources") {
  const std::string table = section(architecture(), "### Who includes whom");
  Names documented = names_in_table(table);
  for (const auto& [directory, targets] : includes()) {
    const std::string right = row(directory, targets);
    CAPTURE(right);
    CHECK(table.find("\n" + right + "\n") != std::string::npos);
    documented.erase(directory);
  }
  CAPTURE(documented);
  CHECK(documented.empty());
}

TEST_CASE("supervisor and worker do not know each other, and common knows neither") {
  for (const auto& [directory, targets] : includes()) {
    for (const std::string& target : targets) {
      CAPTURE(directory, target);
      const std::string own = directory.substr(0, directory.find('/'));
      const std::string theirs = target.substr(0, target.find('/'));
      CHECK((theirs == "common" || theirs == own));
    }
  }
}

/// Whether `from` includes `to`, through any number of others.
bool reaches(const Graph& graph, const std::string& from, const std::string& to, Names& seen) {
  if (!seen.insert(from).second) return false;
  const auto found = graph.find(from);
  if (found == graph.end()) return false;
  for (const std::string& target : found->second) {
    if (target == to || reaches(graph, target, to, seen)) return true;
  }
  return false;
}

TEST_CASE("no two directories include each other, but for a directory and its own part") {
  const Graph graph = includes();
  for (const auto& [directory, targets] : graph) {
    for (const std::string& target : targets) {
      const bool is_part = target.starts_with(directory + "/") || directory.starts_with(target + "/");
      if (is_part) continue;
      CAPTURE(directory, target);
      Names seen;
      CHECK_FALSE(reaches(graph, target, directory, seen));
    }
  }
}

/// The words between backquotes.
std::vector<std::string> code_words(const std::string& text) {
  const std::regex word("`([^`]+)`");
  std::vector<std::string> words;
  for (std::sregex_iterator match(text.begin(), text.end(), word), end; match != end; ++match) {
    words.push_back((*match)[1].str());
  }
  return words;
}

TEST_CASE("the functions on the ways through the code are where the document has them") {
  const std::string ways = section(architecture(), "## Four ways through the code");
  std::istringstream lines(ways);
  int functions = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::vector<std::string> words = code_words(line);
    if (!line.starts_with("| `") || words.size() < 2) continue;
    const auto file = std::ranges::find_if(
        words, [](const std::string& word) { return word.find('/') != std::string::npos; });
    CAPTURE(line);
    REQUIRE(file != words.end());
    const std::string source = document(*file);
    for (auto function = words.begin(); function != file; ++function, ++functions) {
      CHECK(std::regex_search(source, std::regex("[ :]" + *function + "\\([^;]*\\{")));
    }
  }
  CHECK(functions > 30);
}

TEST_CASE("the files that the document sends to are there") {
  const fs::path top = source_directory();
  const std::string text = section(architecture(), "## Where to make a change");
  for (const std::string& word : code_words(text)) {
    if (word.find('/') == std::string::npos) continue;
    CAPTURE(word);
    CHECK(fs::exists(top / word));
  }
}

}  // namespace
}  // namespace wm::test
