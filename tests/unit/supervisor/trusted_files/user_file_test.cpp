#include "supervisor/trusted_files/user_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "supervisor/text/usage_error.h"
#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

std::string always(int /*fd*/) {
  return {};
}

TEST_CASE("a file that is being written has no name, so a signal leaves nothing") {
  const TempDir directory;
  if (!UniqueFd(::open(directory.path().c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600)))
    skip("the file system has no files without a name");
  const std::string path = directory.path() + "/file";
  UserFile file(path, "--option", always);
  file.begin(0600);
  file.write("text");
  CHECK(fs::is_empty(directory.path()));
  file.complete();
  CHECK(fs::is_empty(directory.path()));
  file.commit();
  CHECK(read_file(path) == "text");
  UserFile later(path, "--option", always);
  later.begin(0600);
  later.write("more");
  CHECK(read_file(path) == "text");
  later.commit();
  CHECK(read_file(path) == "more");
  CHECK(std::distance(fs::directory_iterator(directory.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("what has appeared under the name meanwhile is found before anything gets its name") {
  const TempDir directory;
  const std::string path = directory.path() + "/file";
  UserFile file(path, "--option", [](int) { return std::string("is somebody's"); });
  file.begin(0600);
  file.write("text");
  write_file(path, "another");
  CHECK_THROWS_AS(file.complete(), UsageError);
  CHECK_THROWS_AS(file.commit(), UsageError);
  CHECK(read_file(path) == "another");
  CHECK(std::distance(fs::directory_iterator(directory.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("two spellings of a path are one name") {
  const TempDir directory;
  const UserFile file(directory.path() + "/file", "--option", always);
  CHECK(file.has_same_name(UserFile(directory.path() + "/./file", "--other", always)));
  CHECK_FALSE(file.has_same_name(UserFile(directory.path() + "/file2", "--other", always)));
}

}  // namespace
}  // namespace wm::test
