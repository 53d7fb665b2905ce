#include "supervisor/input/output_shard.h"

#include <array>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "supervisor/input/output_path.h"
#include "tests/support/catch.h"
#include "tests/support/documents.h"

namespace wm {
namespace {

struct Vector {
  std::string path;
  std::uint32_t of_4, of_64, of_1000;
};

/// Computed by libxxhash's own function from docs/clusters.md's description.
const std::vector<Vector> vectors{
    {"a.jpg", 4, 32, 720},
    {"photos/2024/img_0001.jpg", 1, 33, 505},
    {"photos/2024/img_0001.JPEG", 1, 33, 505},
    {"Fotos/Z\xC3\xBCrich 1.tiff", 2, 22, 958},
    {"archive.tar.gz", 2, 26, 890},
    {"x/.hidden", 2, 30, 718},
    {"a.", 3, 19, 43},
};

TEST_CASE("the shard of an output never changes: others compute it, too") {
  for (const Vector& vector : vectors) {
    CAPTURE(vector.path);
    CHECK(shard_of(vector.path, 1) == 1);
    CHECK(shard_of(vector.path, 4) == vector.of_4);
    CHECK(shard_of(vector.path, 64) == vector.of_64);
    CHECK(shard_of(vector.path, 1000) == vector.of_1000);
  }
  CHECK(shard_of("", 1000) == 139);
}

TEST_CASE("the document has the same vectors") {
  const std::string table = test::section(test::document("docs/clusters.md"), "### Which shard");
  for (const Vector& vector : vectors) {
    CAPTURE(vector.path);
    const std::size_t at = table.find("| `" + vector.path + "` |");
    REQUIRE(at != std::string::npos);
    const std::string row = table.substr(at, table.find('\n', at) - at);
    CHECK(row.ends_with(fmt::format("| {} | {} | {} |", vector.of_4, vector.of_64, vector.of_1000)));
  }
}

TEST_CASE("outputs that could be one are in one shard, whatever the format") {
  constexpr std::array formats{OutputFormat::keep, OutputFormat::jpeg, OutputFormat::png,
                               OutputFormat::webp, OutputFormat::tiff, OutputFormat::avif};
  for (const std::string stem : {"a", "a/b", "a.b/c.d", "a/.x", ".x"}) {
    std::set<std::uint32_t> shards;
    for (const std::string extension : {".jpg", ".PNG", ".webp", ".tif", ".avif", ".gif"}) {
      for (const OutputFormat format : formats) {
        shards.insert(shard_of(output_path(stem + extension, format), most_shards));
      }
    }
    CAPTURE(stem);
    CHECK(shards.size() == 1);
  }
  // A name without an extension may get one.
  for (const std::string name : {"a", "a.", ".x", "a.b/c"}) {
    std::set<std::uint32_t> shards;
    for (const OutputFormat format : formats) shards.insert(shard_of(output_path(name, format), most_shards));
    CAPTURE(name);
    CHECK(shards.size() == 1);
  }
}

TEST_CASE("shards get about the same number of files") {
  std::array<int, 16> counts{};
  for (int i = 0; i < 16'000; ++i)
    ++counts.at(shard_of(fmt::format("photos/{}/img_{}.jpg", i / 100, i), 16) - 1);
  for (const int count : counts) CHECK((count > 800 && count < 1200));
}

}  // namespace
}  // namespace wm
