#include "common/os/file_mode.h"

#include <sys/xattr.h>

#include <cerrno>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

struct Entry {
  unsigned tag, allowed, id;
};
constexpr unsigned owner = 1, user = 2, group = 4, other_group = 8, mask = 16, others = 32, nobody = ~0U;

/// As the kernel keeps it: little-endian, sorted by tag.
std::string list_of(const std::vector<Entry>& entries) {
  std::string list("\2\0\0\0", 4);
  const auto put = [&](unsigned value, int bytes) {
    for (; bytes > 0; --bytes, value >>= 8U) list += static_cast<char>(value & 0xFFU);
  };
  for (const Entry& entry : entries) {
    put(entry.tag, 2);
    put(entry.allowed, 2);
    put(entry.id, 4);
  }
  return list;
}

mode_t less_denials(mode_t mode, const std::string& list) {
  return mode_less_denials(mode, std::as_bytes(std::span(list)));
}

TEST_CASE("the group's bits of a file with a list are a mask, and the group has its own") {
  CHECK(less_denials(0640, "") == 0640);
  CHECK(less_denials(0640, list_of({{owner, 6, nobody},
                                    {user, 4, 1000},
                                    {group, 0, nobody},
                                    {mask, 4, nobody},
                                    {others, 0, nobody}})) == 0600);
  CHECK(less_denials(0640, list_of({{owner, 6, nobody},
                                    {user, 4, 1000},
                                    {group, 4, nobody},
                                    {mask, 4, nobody},
                                    {others, 0, nobody}})) == 0640);
}

TEST_CASE("who is named and denied is among the others of a new file, or in its group") {
  for (const unsigned tag : {user, other_group}) {
    CHECK(less_denials(0644, list_of({{owner, 6, nobody}, {tag, 0, 1000}, {group, 4, nobody}})) == 0600);
    CHECK(less_denials(0664, list_of({{owner, 6, nobody}, {tag, 4, 1000}, {group, 6, nobody}})) == 0644);
    // What the mask takes away is denied, too.
    CHECK(less_denials(0604, list_of({{owner, 6, nobody}, {tag, 4, 1000}, {group, 4, nobody}})) == 0600);
  }
}

TEST_CASE("a list that makes no sense leaves nothing to others") {
  const std::string list = list_of({{owner, 6, nobody}, {group, 4, nobody}, {others, 4, nobody}});
  CHECK(less_denials(0644, list) == 0644);
  CHECK(less_denials(0644, list.substr(0, list.size() - 1)) == 0600);
  CHECK(less_denials(0644, list.substr(0, 3)) == 0600);
  CHECK(less_denials(0644, "\3" + list.substr(1)) == 0600);
}

TEST_CASE("a file's list is asked for") {
  const TempDir directory;
  const std::string path = directory.path() + "/file";
  std::ofstream(path) << "text";
  REQUIRE(::chmod(path.c_str(), 0644) == 0);
  struct stat status {};
  const auto mode = [&] {
    REQUIRE(::stat(path.c_str(), &status) == 0);
    leave_out_denials(path.c_str(), status);
    return status.st_mode & 07777U;
  };
  CHECK(mode() == 0644);
  const std::string list = list_of(
      {{owner, 6, nobody}, {user, 0, 1000}, {group, 4, nobody}, {mask, 4, nobody}, {others, 4, nobody}});
  if (::setxattr(path.c_str(), "system.posix_acl_access", list.data(), list.size(), 0) != 0)
    test::skip("this file system has no access control lists");
  CHECK(mode() == 0600);
}

}  // namespace
}  // namespace wm
