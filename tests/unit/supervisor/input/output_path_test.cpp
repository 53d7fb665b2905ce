#include "supervisor/input/output_path.h"

#include "tests/support/catch.h"

namespace wm {
namespace {

TEST_CASE("the output keeps the name unless the format changes") {
  CHECK(output_path("a/b.png", OutputFormat::keep) == "a/b.png");
  CHECK(output_path("a/b.xyz", OutputFormat::keep) == "a/b.xyz");
  CHECK(output_path("a/b.png", OutputFormat::jpeg) == "a/b.jpg");
  CHECK(output_path("a/b.jpg", OutputFormat::png) == "a/b.png");
  CHECK(output_path("a/b.jpg", OutputFormat::webp) == "a/b.webp");
  CHECK(output_path("a/b.jpg", OutputFormat::tiff) == "a/b.tif");
  CHECK(output_path("a.b/c.d.jpg", OutputFormat::avif) == "a.b/c.d.avif");
}

TEST_CASE("an ending of the format stays, whatever its case") {
  for (const std::string name : {"a.jpg", "a.JPEG", "a.jpe", "a.JfIf"}) {
    CHECK(output_path(name, OutputFormat::jpeg) == name);
  }
  CHECK(output_path("a.TIFF", OutputFormat::tiff) == "a.TIFF");
  CHECK(output_path("a.PNG", OutputFormat::png) == "a.PNG");
}

TEST_CASE("a name without an ending gets one") {
  CHECK(output_path("a.b/c", OutputFormat::jpeg) == "a.b/c.jpg");
  CHECK(output_path(".hidden", OutputFormat::jpeg) == ".hidden.jpg");
  CHECK(output_path("a.", OutputFormat::jpeg) == "a..jpg");
}

TEST_CASE("an output path never leads out of the output directory") {
  for (const auto good : {"a", "a/b", "...", "a/..b", ".hidden", "-x", "a\nb"}) {
    CAPTURE(good);
    CHECK(is_safe_output(good));
  }
  for (const auto bad : {"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "a/../b", "./a", "a/./b"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_safe_output(bad));
  }
}

}  // namespace
}  // namespace wm
