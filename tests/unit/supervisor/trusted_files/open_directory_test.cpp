// Paths to directories: links that a stranger can have put on the way are not followed.

#include "supervisor/trusted_files/open_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "supervisor/text/usage_error.h"
#include "supervisor/trusted_files/ownership.h"
#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/skip.h"
#include "tests/support/special_files.h"
#include "tests/support/temp_dir.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

bool is_same(int directory, const std::string& path) {
  struct ::stat opened {
  }, named{};
  return ::fstat(directory, &opened) == 0 && ::stat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

TEST_CASE("a link is followed where nobody else can have put it, or when somebody trusted did") {
  constexpr uid_t user = 1000, other = 1001, third = 1002;
  for (const mode_t closed : {0700U, 0755U, 0750U}) {
    CHECK(link_is_followed(other, third, S_IFDIR | closed, user));
  }
  for (const mode_t open : {0770U, 0757U, 01777U, 0775U}) {
    CHECK(link_is_followed(user, third, S_IFDIR | open, user));
    CHECK(link_is_followed(0, third, S_IFDIR | open, user));
    CHECK(link_is_followed(third, third, S_IFDIR | open, user));
    CHECK_FALSE(link_is_followed(other, third, S_IFDIR | open, user));
    CHECK_FALSE(link_is_followed(other, user, S_IFDIR | open, user));
    CHECK_FALSE(link_is_followed(other, 0, S_IFDIR | open, 0));
  }
}

TEST_CASE("paths are walked as the kernel walks them") {
  const TempDir dir;
  const std::string top = dir.path();
  fs::create_directories(top + "/a/b");
  fs::create_symlink("a", top + "/link");
  fs::create_symlink(top + "/a/b", top + "/a/absolute");
  CHECK(is_same(open_directory(top + "/a/b").get(), top + "/a/b"));
  CHECK(is_same(open_directory(top + "//a/./b/").get(), top + "/a/b"));
  CHECK(is_same(open_directory(top + "/link/b").get(), top + "/a/b"));
  CHECK(is_same(open_directory(top + "/link/absolute/..").get(), top + "/a"));
  CHECK(is_same(open_directory("/").get(), "/"));
  CHECK(is_same(open_directory(".").get(), "."));
  CHECK(is_same(open_directory("/proc/self/cwd").get(), "."));
}

TEST_CASE("what is missing is made only when that is wanted") {
  const TempDir dir;
  const std::string path = dir.path() + "/a/b";
  CHECK_THROWS_AS(open_directory(path), std::system_error);
  CHECK_FALSE(fs::exists(dir.path() + "/a"));
  const auto made = open_directory(path, {.missing = DirectoryRules::Missing::create, .mode = 0700});
  CHECK(is_same(made.get(), path));
  CHECK(fs::status(path).permissions() == fs::perms::owner_all);
}

TEST_CASE("a path ends in an error when it goes through a file or in a circle") {
  const TempDir dir;
  write_file(dir.path() + "/file", "");
  fs::create_symlink("circle", dir.path() + "/circle");
  CHECK_THROWS_AS(open_directory(dir.path() + "/file"), std::system_error);
  CHECK_THROWS_AS(open_directory(dir.path() + "/file/b"), std::system_error);
  CHECK_THROWS_AS(open_directory(dir.path() + "/circle"), std::system_error);
}

TEST_CASE("the last component may have to be no link") {
  const TempDir dir;
  fs::create_directories(dir.path() + "/a");
  fs::create_symlink("a", dir.path() + "/link");
  constexpr DirectoryRules rules{.last_link = DirectoryRules::LastLink::refuse};
  CHECK(open_directory(dir.path() + "/a", rules));
  CHECK_THROWS_AS(open_directory(dir.path() + "/link", rules), UsageError);
  CHECK_THROWS_AS(open_directory(dir.path() + "/link/", rules), UsageError);
}

TEST_CASE("a stranger's link in a directory that others may write is not followed") {
  if (::geteuid() != 0) skip("only root can give a link to another user");
  const TempDir dir;
  const std::string shared = dir.path() + "/shared";
  fs::create_directories(dir.path() + "/target/below");
  fs::create_directory(shared);
  fs::create_symlink(dir.path() + "/target", shared + "/link");
  REQUIRE(::lchown((shared + "/link").c_str(), stranger, stranger) == 0);
  // Not sticky, so that the kernel lets it pass.
  REQUIRE(::chmod(shared.c_str(), 0777) == 0);
  for (const std::string& path : {shared + "/link", shared + "/link/below", shared + "/link/new"}) {
    CHECK_THROWS_AS(open_directory(path), UsageError);
    CHECK_THROWS_AS(open_directory(path, {.missing = DirectoryRules::Missing::create}), UsageError);
  }
  CHECK_FALSE(fs::exists(dir.path() + "/target/new"));
  REQUIRE(::chmod(shared.c_str(), 0755) == 0);
  CHECK_NOTHROW(open_directory(shared + "/link/below"));
}

}  // namespace
}  // namespace wm::test
