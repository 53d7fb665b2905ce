// docs/jpeg_in_place.md has all reasons for which a JPEG goes through pixels, in the words of the log.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/source_directory.h"
#include "worker/jpeg/eligibility.h"

using namespace wm;

namespace {

std::string text_of_file(const std::filesystem::path& path) {
  std::ifstream stream(path);
  REQUIRE(stream);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string document() {
  return text_of_file(test::source_directory() + "/docs/jpeg_in_place.md");
}

/// The words with which damage is thrown, as they stand in the sources.
std::set<std::string> texts_of_damage() {
  const std::regex thrown(R"((?:DamagedJpeg\(|\bneed\([^;"]*)\s*"([^"]*)\")");
  std::set<std::string> texts;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(test::source_directory() + "/worker/jpeg")) {
    if (!entry.is_regular_file()) continue;
    const std::string source = text_of_file(entry.path());
    for (std::sregex_iterator match(source.begin(), source.end(), thrown), end; match != end; ++match) {
      texts.insert((*match)[1]);
    }
  }
  return texts;
}

}  // namespace

TEST_CASE("every reason of a sound file is documented") {
  const std::string text = document();
  for (std::size_t i = 0; i < jpeg::reason_count; ++i) {
    const std::string reason(text_of(static_cast<jpeg::Reason>(i)));
    INFO(reason);
    CHECK(text.find("`" + reason + "`") != std::string::npos);
  }
}

TEST_CASE("every kind of damage is documented") {
  const std::string text = document();
  const auto damage = texts_of_damage();
  CHECK(damage.size() > 25);
  for (const std::string& words : damage) {
    INFO(words);
    CHECK(text.find("`" + words + "`") != std::string::npos);
  }
}
