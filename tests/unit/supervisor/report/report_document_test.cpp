// docs/journal.md has the fields of report.json.

#include <fstream>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "common/job/outcome.h"
#include "supervisor/report/json_report.h"
#include "tests/support/catch.h"
#include "tests/support/documents.h"
#include "tests/support/temp_dir.h"

namespace wm::test {
namespace {

using Names = std::set<std::string>;

Names keys_of(const nlohmann::json& object) {
  Names keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

TEST_CASE("the document has every field of the report, and of a problem") {
  const TempDir dir;
  write_json_report(JobDirectory::create(dir.path()), {}, [](const auto& visit) {
    visit({.input = "\xff.jpg",
           .state = FinalState::failed,
           .failure = {FailureKind::corrupt, "bad"},
           .attempts = 1});
  });
  const auto report = nlohmann::json::parse(std::ifstream(dir.path() + "/report.json"));
  const std::string text = section(document("docs/journal.md"), "## report.json");
  CHECK(names_in_table(text) == keys_of(report));
  const std::string problems = text.substr(text.find("| field of a problem |"));
  CHECK(names_in_table(problems) == keys_of(report.at("problems").at(0)));
  for (const auto kind : failure_kind_names) {
    CAPTURE(kind);
    CHECK(problems.find("`" + std::string(kind) + "`") != std::string::npos);
  }
}

}  // namespace
}  // namespace wm::test
