#include "common/os/file_stamp.h"

#include "tests/support/catch.h"

namespace wm {
namespace {

constexpr FileStamp found{.device = 1, .inode = 2, .size = 3, .mtime_ns = 4, .ctime_ns = 5, .owner = 6};

FileStamp with(auto change) {
  FileStamp stamp = found;
  change(stamp);
  return stamp;
}

TEST_CASE("a file stays itself while it is changed, and no other one becomes it") {
  CHECK(is_same_file(found, found));
  CHECK(is_unchanged(found, found));
  const FileStamp longer = with([](FileStamp& stamp) { stamp.size = 30; });
  CHECK(is_same_file(found, longer));
  CHECK_FALSE(is_unchanged(found, longer));
  const FileStamp later = with([](FileStamp& stamp) { stamp.mtime_ns = 40; });
  CHECK(is_same_file(found, later));
  CHECK_FALSE(is_unchanged(found, later));

  // Size and modification time can be given to any file, its ctime cannot.
  const FileStamp forged = with([](FileStamp& stamp) {
    stamp.inode = 20;
    stamp.ctime_ns = 50;
  });
  CHECK_FALSE(is_same_file(found, forged));
  CHECK_FALSE(is_unchanged(found, forged));
  CHECK_FALSE(is_same_file(found, with([](FileStamp& stamp) {
                             stamp.device = 10;
                             stamp.ctime_ns = 50;
                           })));
}

TEST_CASE("a file that its file system has numbered anew is the same") {
  CHECK(is_unchanged(found, with([](FileStamp& stamp) { stamp.inode = 20; })));
  CHECK(is_unchanged(found, with([](FileStamp& stamp) { stamp.device = 10; })));
}

TEST_CASE(
    "a file of another user is another one, though it has the same number or was made at the same moment") {
  CHECK_FALSE(is_same_file(found, with([](FileStamp& stamp) { stamp.owner = 60; })));
  CHECK_FALSE(is_same_file(found, with([](FileStamp& stamp) {
                             stamp.inode = 20;
                             stamp.owner = 60;
                           })));
}

TEST_CASE("nothing is the same as a file of which nothing is known") {
  CHECK_FALSE(is_same_file(FileStamp{}, FileStamp{}));
  CHECK_FALSE(is_same_file(found, FileStamp{}));
}

TEST_CASE("times that 64 bits of nanoseconds do not hold become the nearest ones") {
  CHECK(nanoseconds({.tv_sec = -1, .tv_nsec = 1}) == -999'999'999);
  CHECK(nanoseconds({.tv_sec = 1'000'000'000'000, .tv_nsec = 0}) == std::numeric_limits<std::int64_t>::max());
  CHECK(nanoseconds({.tv_sec = -1'000'000'000'000, .tv_nsec = 0}) ==
        std::numeric_limits<std::int64_t>::min());
}

}  // namespace
}  // namespace wm
