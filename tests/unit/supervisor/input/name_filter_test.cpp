#include "supervisor/input/name_filter.h"

#include "tests/support/catch.h"

namespace wm {
namespace {

NameFilter filter(std::vector<std::string> include, std::vector<std::string> exclude) {
  return NameFilter({.include = std::move(include), .exclude = std::move(exclude)});
}

bool accepts(NameFilter filter, const std::string& path) {
  return filter.judge_file(path) == NameFilter::Verdict::accepted;
}

TEST_CASE("the extension is what follows the last dot of the name") {
  CHECK(file_extension("a/b.JPG") == "JPG");
  CHECK(file_extension("a.b/c").empty());
  CHECK(file_extension("a.tar.gz") == "gz");
  CHECK(file_extension("a.").empty());
  CHECK(file_extension(".jpg").empty());
  CHECK(file_extension("x/.jpg").empty());
  CHECK(file_extension(".a.jpg") == "jpg");
  CHECK(file_extension("").empty());
}

TEST_CASE("extensions count without regard to case") {
  NameFilter any = filter({}, {});
  for (const auto good : {"a.jpg", "a.JPG", "a.Jpeg", "a.tIf", "d/a.png", "\xFF\n.webp", "a[1].avif"}) {
    CAPTURE(good);
    CHECK(accepts(any, good));
  }
  for (const auto bad : {"a.txt", "jpg", "a.jpgx", "a.jpg~", ".jpg", "a.jpg/b", ".wm-supervisor-1.tmp"}) {
    CAPTURE(bad);
    CHECK_FALSE(accepts(any, bad));
  }
}

TEST_CASE("a glob without a slash is for the name, one with a slash for the path") {
  NameFilter by_name = filter({"a*.jpg"}, {});
  CHECK(accepts(by_name, "abc.jpg"));
  CHECK(accepts(by_name, "sub/dir/abc.jpg"));
  CHECK_FALSE(accepts(by_name, "abc/xyz.jpg"));
  NameFilter by_path = filter({"2024/*.jpg"}, {});
  CHECK(accepts(by_path, "2024/x.jpg"));
  CHECK(accepts(by_path, "2024/may/x.jpg"));
  CHECK_FALSE(accepts(by_path, "old/2024/x.jpg"));
  CHECK_FALSE(accepts(by_path, "x.jpg"));
  CHECK(accepts(filter({"./2024/*"}, {}), "2024/x.jpg"));
}

TEST_CASE("a file must match one of the included globs and none of the excluded") {
  NameFilter both = filter({"*.jpg", "b*"}, {"*secret*"});
  CHECK(accepts(both, "a.jpg"));
  CHECK(accepts(both, "b.png"));
  CHECK_FALSE(accepts(both, "a.png"));
  CHECK_FALSE(accepts(both, "a-secret.jpg"));
  CHECK(accepts(both, "secret/a.jpg"));
}

TEST_CASE("excluded directories are not entered, included globs are not asked") {
  NameFilter pruning = filter({"*.jpg"}, {"tmp", "a/b", "cache/"});
  CHECK(pruning.accepts_directory("photos"));
  CHECK_FALSE(pruning.accepts_directory("tmp"));
  CHECK_FALSE(pruning.accepts_directory("x/tmp"));
  CHECK_FALSE(pruning.accepts_directory("a/b"));
  CHECK(pruning.accepts_directory("b"));
  CHECK_FALSE(pruning.accepts_directory("x/cache"));
}

TEST_CASE("a glob that ends in a slash is for directories only") {
  NameFilter directories = filter({}, {"a.jpg/"});
  CHECK(accepts(directories, "a.jpg"));
  CHECK_FALSE(directories.accepts_directory("a.jpg"));
}

TEST_CASE("globs match bytes, hidden names included") {
  CHECK(accepts(filter({"*"}, {}), ".hidden.jpg"));
  CHECK(accepts(filter({"?.jpg"}, {}), "\xFF.jpg"));
  CHECK(accepts(filter({"a\\[1\\].jpg"}, {}), "a[1].jpg"));
  CHECK_FALSE(accepts(filter({"a[1].jpg"}, {}), "a[1].jpg"));
  CHECK(accepts(filter({"a*b.jpg"}, {}), "a\nb.jpg"));
}

}  // namespace
}  // namespace wm
