// Every link from one document to another leads somewhere.

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/documents.h"
#include "tests/support/source_directory.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

/// Below the top of the sources.
std::vector<std::string> documents() {
  const fs::path top = source_directory();
  std::vector<std::string> names;
  for (const char* const directory : {".", "docs", "tests/model"}) {
    for (const auto& entry : fs::directory_iterator(top / directory)) {
      if (entry.path().extension() == ".md")
        names.push_back(entry.path().lexically_relative(top).lexically_normal().string());
    }
  }
  return names;
}

/// The anchors of a document's headings, as they are made from Markdown.
std::set<std::string> anchors_of(const std::string& text) {
  std::set<std::string> anchors;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('#')) continue;
    const std::string title = line.substr(std::min(line.find(' ') + 1, line.size()));
    std::string anchor;
    for (const char letter : title) {
      const auto byte = static_cast<unsigned char>(letter);
      if (byte >= 0x80 || std::isalnum(byte) != 0 || letter == '-' || letter == '_')
        anchor += static_cast<char>(byte < 0x80 ? std::tolower(byte) : byte);
      if (letter == ' ') anchor += '-';
    }
    anchors.insert(anchor);
  }
  return anchors;
}

TEST_CASE("every link in a document leads to a file and a heading that are there") {
  const fs::path top = source_directory();
  const std::regex link("\\]\\(([^)#\\s]*)(#[^)\\s]*)?\\)");
  std::size_t links = 0;
  for (const std::string& name : documents()) {
    const std::string text = document(name);
    for (std::sregex_iterator at(text.begin(), text.end(), link), end; at != end; ++at) {
      const std::string path = (*at)[1];
      const std::string anchor = (*at)[2];
      if (path.find("://") != std::string::npos) continue;
      ++links;
      const fs::path target =
          path.empty() ? fs::path(name) : (fs::path(name).parent_path() / path).lexically_normal();
      CAPTURE(name, path, anchor);
      CHECK(fs::exists(top / target));
      if (anchor.empty() || target.extension() != ".md" || !fs::exists(top / target)) continue;
      CHECK(anchors_of(document(target.string())).contains(anchor.substr(1)));
    }
  }
  CHECK(links > 50);
}

TEST_CASE("the README can be read in two minutes") {
  const std::string text = document("README.md");
  CHECK(std::ranges::count(text, '\n') <= 150);
}

}  // namespace
}  // namespace wm::test
