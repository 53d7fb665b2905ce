#include "common/kill_point/kill_point.h"

#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/source_directory.h"

namespace wm {
namespace {

TEST_CASE("the failure model's table has every kill point") {
  std::ifstream file(test::source_directory() + "/docs/failure_model.md");
  std::ostringstream contents;
  contents << file.rdbuf();
  const std::string text = contents.str();
  for (const KillPointInfo& point : kill_points) {
    const std::string row = "| `" + std::string(point.name) + "` | " + std::string(point.place) + " |";
    CAPTURE(row);
    CHECK(text.find(row) != std::string::npos);
  }
}

TEST_CASE("kill points are told apart by their names") {
  std::set<std::string_view> names;
  for (const KillPointInfo& point : kill_points) names.insert(point.name);
  CHECK(names.size() == kill_points.size());
}

}  // namespace
}  // namespace wm
