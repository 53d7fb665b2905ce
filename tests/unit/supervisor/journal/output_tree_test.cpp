#include "supervisor/journal/output_tree.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

namespace fs = std::filesystem;

struct Outputs {
  TempDir dir;
  OutputTree tree{dir.path()};

  void put(const std::string& output) const { std::ofstream(dir.path() + "/" + output) << "x"; }
  std::uint64_t inode(const std::string& output) const {
    struct stat status {};
    REQUIRE(::stat((dir.path() + "/" + output).c_str(), &status) == 0);
    return status.st_ino;
  }
};

TEST_CASE("what is at an output's path before a run is known by its inode") {
  Outputs outputs;
  outputs.put("old.jpg");
  CHECK(outputs.tree.inode_before("old.jpg") == outputs.inode("old.jpg"));
  CHECK(outputs.tree.inode_before("new.jpg") == 0);
  CHECK(outputs.tree.inode_before("no-such-folder/new.jpg") == 0);
  // The folder is known to hold files, so each output is looked at.
  CHECK(outputs.tree.inode_before("late.jpg") == 0);
  outputs.put("late.jpg");
  CHECK(outputs.tree.inode_before("late.jpg") == outputs.inode("late.jpg"));
}

TEST_CASE("a directory without files is not asked for each output") {
  Outputs outputs;
  fs::create_directories(outputs.dir.path() + "/folder/only-a-folder");
  CHECK(outputs.tree.inode_before("folder/a.jpg") == 0);
  outputs.put("folder/b.jpg");  // as a worker does
  CHECK(outputs.tree.inode_before("folder/b.jpg") == 0);

  SECTION("until outputs of other directories came in between") {
    CHECK(outputs.tree.inode_before("other/a.jpg") == 0);
    CHECK(outputs.tree.inode_before("folder/b.jpg") == outputs.inode("folder/b.jpg"));
  }
}

TEST_CASE("a file among many folders, a link and a pipe are found") {
  Outputs outputs;
  for (int i = 0; i < 300; ++i) fs::create_directory(outputs.dir.path() + "/" + std::to_string(i));
  outputs.put("old.jpg");
  CHECK(outputs.tree.inode_before("old.jpg") == outputs.inode("old.jpg"));

  fs::create_symlink("nowhere", outputs.dir.path() + "/1/link.jpg");
  CHECK(outputs.tree.inode_before("1/link.jpg") != 0);
  REQUIRE(::mkfifo((outputs.dir.path() + "/2/pipe.jpg").c_str(), 0600) == 0);
  CHECK(outputs.tree.inode_before("2/pipe.jpg") == outputs.inode("2/pipe.jpg"));
}

}  // namespace
}  // namespace wm
