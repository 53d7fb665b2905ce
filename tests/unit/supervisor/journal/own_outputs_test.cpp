// By what a file is known to be what the job published.

#include "supervisor/journal/own_outputs.h"

#include <sys/stat.h>

#include "tests/support/catch.h"

namespace wm {
namespace {

OutputStatus status_of(std::uint64_t inode, std::int64_t size, std::int64_t mtime_ns) {
  return {.mode = S_IFREG | 0644,
          .identity = {.inode = inode, .size = size, .mtime_ns = mtime_ns},
          .inode = inode == no_inode_number ? 77 : inode,
          .ctime_ns = mtime_ns};
}

OutputRecord record_of(std::uint64_t inode, std::int64_t size, std::int64_t mtime_ns) {
  return {.identity = {.inode = inode, .size = size, .mtime_ns = mtime_ns}, .started_ns = mtime_ns - 1};
}

TEST_CASE("where inode numbers are kept, a file is recorded by number, size and time") {
  CHECK(is_recorded(status_of(5, 100, 9), record_of(5, 100, 9)));
  CHECK_FALSE(is_recorded(status_of(6, 100, 9), record_of(5, 100, 9)));
  CHECK_FALSE(is_recorded(status_of(5, 101, 9), record_of(5, 100, 9)));
  CHECK_FALSE(is_recorded(status_of(5, 100, 10), record_of(5, 100, 9)));
  CHECK(is_cut_off(status_of(5, 99, 10), record_of(5, 100, 9)));
  // A tree that was copied to such a file system is somebody's copy.
  CHECK_FALSE(is_recorded(status_of(5, 100, 9), record_of(no_inode_number, 100, 9)));
}

TEST_CASE("where they are not, by size and time") {
  for (const std::uint64_t recorded : {no_inode_number, std::uint64_t{5}}) {
    CHECK(is_recorded(status_of(no_inode_number, 100, 9), record_of(recorded, 100, 9)));
    CHECK_FALSE(is_recorded(status_of(no_inode_number, 101, 9), record_of(recorded, 100, 9)));
    CHECK_FALSE(is_recorded(status_of(no_inode_number, 100, 10), record_of(recorded, 100, 9)));
    // Anybody's file may be shorter.
    CHECK_FALSE(is_cut_off(status_of(no_inode_number, 99, 9), record_of(recorded, 100, 9)));
  }
}

TEST_CASE("an output without a number has the same one in every look") {
  struct ::stat status {};
  status.st_ino = 4;
  status.st_size = 3;
  const OutputIdentity first = output_identity(status, InodeNumbers::not_kept);
  status.st_ino = 5;
  CHECK(output_identity(status, InodeNumbers::not_kept) == first);
  CHECK(first.inode == no_inode_number);
  CHECK(output_identity(status).inode == 5);
}

}  // namespace
}  // namespace wm
