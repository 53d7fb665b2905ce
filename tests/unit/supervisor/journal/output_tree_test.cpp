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
  std::uint64_t inode_before(const std::string& output) {
    const auto found = tree.before_run(output);
    return found ? found->identity.inode : 0;
  }
  std::uint64_t inode(const std::string& output) const {
    struct stat status {};
    REQUIRE(::stat((dir.path() + "/" + output).c_str(), &status) == 0);
    return status.st_ino;
  }
};

TEST_CASE("what is at an output's path before a run is found") {
  Outputs outputs;
  outputs.put("old.jpg");
  CHECK(outputs.inode_before("old.jpg") == outputs.inode("old.jpg"));
  CHECK(outputs.inode_before("new.jpg") == 0);
  CHECK(outputs.inode_before("no-such-folder/new.jpg") == 0);
  // The folder is known to hold files, so each output is looked at.
  CHECK(outputs.inode_before("late.jpg") == 0);
  outputs.put("late.jpg");
  CHECK(outputs.inode_before("late.jpg") == outputs.inode("late.jpg"));
}

TEST_CASE("a directory without files is not asked for each output") {
  Outputs outputs;
  fs::create_directories(outputs.dir.path() + "/folder/only-a-folder");
  CHECK(outputs.inode_before("folder/a.jpg") == 0);
  outputs.put("folder/b.jpg");  // as a worker does
  CHECK(outputs.inode_before("folder/b.jpg") == 0);

  SECTION("until outputs of other directories came in between") {
    CHECK(outputs.inode_before("other/a.jpg") == 0);
    CHECK(outputs.inode_before("folder/b.jpg") == outputs.inode("folder/b.jpg"));
  }
}

TEST_CASE("a file among many folders, a link and a pipe are found") {
  Outputs outputs;
  for (int i = 0; i < 300; ++i) fs::create_directory(outputs.dir.path() + "/" + std::to_string(i));
  outputs.put("old.jpg");
  CHECK(outputs.inode_before("old.jpg") == outputs.inode("old.jpg"));

  fs::create_symlink("nowhere", outputs.dir.path() + "/1/link.jpg");
  CHECK(outputs.inode_before("1/link.jpg") != 0);
  REQUIRE(::mkfifo((outputs.dir.path() + "/2/pipe.jpg").c_str(), 0600) == 0);
  CHECK(outputs.inode_before("2/pipe.jpg") == outputs.inode("2/pipe.jpg"));
}

TEST_CASE("an attempt published its output when a worker announced that very file for it") {
  Outputs outputs;
  const PublishAttempt attempt{.run = RunToken{7}, .task = TaskId{3}, .output = "a.jpg"};
  outputs.put(temporary_name(attempt.run, attempt.task));
  outputs.put("a.jpg");
  const OutputIdentity there = outputs.tree.look("a.jpg")->identity;
  AnnouncedOutputs announced;
  SECTION("announced") {
    announced.add(attempt.run, attempt.task, there, Result::copied);
    const AttemptTraces traces = outputs.tree.traces_of(attempt, announced);
    REQUIRE(traces.published);
    CHECK(traces.published->result == Result::copied);
    CHECK(identity_of(*traces.published) == there);
    CHECK(traces.temporary_removed);
  }
  SECTION("not announced") {
    const AttemptTraces traces = outputs.tree.traces_of(attempt, announced);
    CHECK_FALSE(traces.published);
    CHECK(traces.temporary_removed);
    CHECK_FALSE(outputs.tree.traces_of(attempt, announced).temporary_removed);
  }
  SECTION("changed since") {
    announced.add(attempt.run, attempt.task, there, Result::marked);
    std::ofstream(outputs.dir.path() + "/a.jpg", std::ios::app) << "x";
    CHECK_FALSE(outputs.tree.traces_of(attempt, announced).published);
  }
  SECTION("a link to it") {
    announced.add(attempt.run, attempt.task, there, Result::marked);
    fs::rename(outputs.dir.path() + "/a.jpg", outputs.dir.path() + "/b.jpg");
    fs::create_symlink("b.jpg", outputs.dir.path() + "/a.jpg");
    CHECK_FALSE(outputs.tree.traces_of(attempt, announced).published);
  }
}

TEST_CASE("an output that came between two times is told from older and later ones") {
  Outputs outputs;
  outputs.put("a.jpg");
  const OutputStatus status = outputs.tree.look("a.jpg").value();
  const std::int64_t change = status.ctime_ns;
  CHECK(outputs.tree.made_between("a.jpg", change, change + 1) == status.identity);
  CHECK(outputs.tree.made_between("a.jpg", change + coarse_clock_lag_ns, change + 1));
  CHECK_FALSE(outputs.tree.made_between("a.jpg", change + coarse_clock_lag_ns + 1, change + 1));
  CHECK_FALSE(outputs.tree.made_between("a.jpg", change - 1, change));
  CHECK_FALSE(outputs.tree.made_between("missing.jpg", 0, change + 1));
}

}  // namespace
}  // namespace wm
