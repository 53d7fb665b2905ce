#include "supervisor/input/name_filter.h"

#include "tests/support/catch.h"

namespace wm {
namespace {

NameFilter filter(std::vector<std::string> include, std::vector<std::string> exclude) {
  return NameFilter({.include = std::move(include), .exclude = std::move(exclude)});
}

TEST_CASE("the ending is what follows the last dot of the name") {
  CHECK(name_ending("a/b.JPG") == "JPG");
  CHECK(name_ending("a.b/c").empty());
  CHECK(name_ending("a.tar.gz") == "gz");
  CHECK(name_ending("a.").empty());
  CHECK(name_ending(".jpg").empty());
  CHECK(name_ending("x/.jpg").empty());
  CHECK(name_ending(".a.jpg") == "jpg");
  CHECK(name_ending("").empty());
}

TEST_CASE("endings count without regard to case") {
  const NameFilter any = filter({}, {});
  for (const auto good : {"a.jpg", "a.JPG", "a.Jpeg", "a.tIf", "d/a.png", "\xFF\n.webp", "a[1].avif"}) {
    CAPTURE(good);
    CHECK(any.accepts_file(good));
  }
  for (const auto bad : {"a.txt", "jpg", "a.jpgx", "a.jpg~", ".jpg", "a.jpg/b", ".wm-supervisor-1.tmp"}) {
    CAPTURE(bad);
    CHECK_FALSE(any.accepts_file(bad));
  }
}

TEST_CASE("a glob without a slash is for the name, one with a slash for the path") {
  const NameFilter by_name = filter({"a*.jpg"}, {});
  CHECK(by_name.accepts_file("abc.jpg"));
  CHECK(by_name.accepts_file("sub/dir/abc.jpg"));
  CHECK_FALSE(by_name.accepts_file("abc/xyz.jpg"));
  const NameFilter by_path = filter({"2024/*.jpg"}, {});
  CHECK(by_path.accepts_file("2024/x.jpg"));
  CHECK(by_path.accepts_file("2024/may/x.jpg"));
  CHECK_FALSE(by_path.accepts_file("old/2024/x.jpg"));
  CHECK_FALSE(by_path.accepts_file("x.jpg"));
  CHECK(filter({"./2024/*"}, {}).accepts_file("2024/x.jpg"));
}

TEST_CASE("a file must match one of the included globs and none of the excluded") {
  const NameFilter both = filter({"*.jpg", "b*"}, {"*secret*"});
  CHECK(both.accepts_file("a.jpg"));
  CHECK(both.accepts_file("b.png"));
  CHECK_FALSE(both.accepts_file("a.png"));
  CHECK_FALSE(both.accepts_file("a-secret.jpg"));
  CHECK(both.accepts_file("secret/a.jpg"));
}

TEST_CASE("excluded directories are not entered, included globs are not asked") {
  const NameFilter pruning = filter({"*.jpg"}, {"tmp", "a/b", "cache/"});
  CHECK(pruning.accepts_directory("photos"));
  CHECK_FALSE(pruning.accepts_directory("tmp"));
  CHECK_FALSE(pruning.accepts_directory("x/tmp"));
  CHECK_FALSE(pruning.accepts_directory("a/b"));
  CHECK(pruning.accepts_directory("b"));
  CHECK_FALSE(pruning.accepts_directory("x/cache"));
}

TEST_CASE("a glob that ends in a slash is for directories only") {
  const NameFilter directories = filter({}, {"a.jpg/"});
  CHECK(directories.accepts_file("a.jpg"));
  CHECK_FALSE(directories.accepts_directory("a.jpg"));
}

TEST_CASE("globs match bytes, hidden names included") {
  CHECK(filter({"*"}, {}).accepts_file(".hidden.jpg"));
  CHECK(filter({"?.jpg"}, {}).accepts_file("\xFF.jpg"));
  CHECK(filter({"a\\[1\\].jpg"}, {}).accepts_file("a[1].jpg"));
  CHECK_FALSE(filter({"a[1].jpg"}, {}).accepts_file("a[1].jpg"));
  CHECK(filter({"a*b.jpg"}, {}).accepts_file("a\nb.jpg"));
}

}  // namespace
}  // namespace wm
