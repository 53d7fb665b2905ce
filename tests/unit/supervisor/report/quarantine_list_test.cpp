#include "supervisor/report/quarantine_list.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

namespace fs = std::filesystem;

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

ino_t inode(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

std::size_t entries(const std::string& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator{}));
}

struct Fixture {
  TempDir dir;
  std::string list_path = dir.path() + "/quarantine.txt";
  std::string kept = dir.path() + "/a/kept";
  QuarantineList list{JobDirectory::create(dir.path()), kept};

  QuarantinedInput make(const std::string& name, std::uint64_t task = 17,
                        const std::string& bytes = "poison") const {
    const std::string path = dir.path() + "/" + name;
    std::ofstream(path) << bytes;
    return {.task = static_cast<TaskId>(task),
            .path = path,
            .shown_from = dir.path().size() + 1,
            .failure = {FailureKind::crash, "the worker\tdied\nbadly"},
            .attempts = 2,
            .tried_ns = 1'700'000'000'999'999'999};
  }
  static QuarantineSource source(const std::vector<QuarantinedInput>& inputs) {
    return [inputs](const auto& visit) {
      for (const auto& input : inputs) visit(input);
    };
  }
};

TEST_CASE("a quarantined input is one line of five columns, whatever its name is") {
  const Fixture f;
  CHECK(quarantine_line(f.make("a\tb\nc\\d.jpg")) ==
        "a\\tb\\nc\\\\d.jpg\tcrash\t2\t2023-11-14T22:13:20Z\tthe worker\\tdied\\nbadly\n");
}

TEST_CASE("names of quarantined files keep stem and ending and fit into a directory") {
  const auto name = [](const std::string& input, unsigned number = 1) {
    return quarantine_name(input, static_cast<TaskId>(17), number);
  };
  CHECK(name("/in/b.jpg") == "b-17.jpg");
  CHECK(name("/in/b.jpg", 2) == "b-17-2.jpg");
  CHECK(name("/in.d/archive.tar.gz") == "archive.tar-17.gz");
  CHECK(name("/in/.hidden") == ".hidden-17");
  CHECK(name("/in/no ending") == "no ending-17");
  CHECK(name("/in/" + std::string(251, 'x') + ".jpg") == std::string(248, 'x') + "-17.jpg");
  CHECK(name("/in/x." + std::string(250, 'e')).size() == 255);
}

TEST_CASE("the list is appended to at once, written anew at the end, and removed when it is empty") {
  Fixture f;
  const auto first = f.make("1.jpg", 1);
  const auto second = f.make("2.jpg", 2);
  CHECK_FALSE(f.list.add(first));
  CHECK(contents(f.list_path) == quarantine_line(first));
  CHECK_FALSE(f.list.add(second));
  CHECK(contents(f.list_path) == quarantine_line(first) + quarantine_line(second));
  f.list.rewrite(Fixture::source({second}));
  CHECK(contents(f.list_path) == quarantine_line(second));
  CHECK_FALSE(fs::exists(f.list_path + ".tmp"));
  CHECK_FALSE(f.list.add(first));
  CHECK(contents(f.list_path) == quarantine_line(second) + quarantine_line(first));
  f.list.rewrite(Fixture::source({}));
  CHECK_FALSE(fs::exists(f.list_path));
  f.list.rewrite(Fixture::source({}));
  const std::vector<QuarantinedInput> many(3000, first);
  f.list.rewrite(Fixture::source(many));
  CHECK(contents(f.list_path).size() == many.size() * quarantine_line(first).size());
}

TEST_CASE("the directory gets a link to each input, once, and nothing in it is replaced") {
  Fixture f;
  const auto input = f.make("b.jpg");
  CHECK_FALSE(f.list.add(input));
  CHECK(inode(f.kept + "/b-17.jpg") == inode(input.path));
  CHECK_FALSE(f.list.add(input));
  CHECK(entries(f.kept) == 1);

  fs::remove(input.path);
  const auto replaced = f.make("b.jpg", 17, "another poison");
  CHECK_FALSE(f.list.add(replaced));
  CHECK(contents(f.kept + "/b-17.jpg") == "poison");
  CHECK(inode(f.kept + "/b-17-2.jpg") == inode(replaced.path));

  // Whoever else writes there cannot redirect anything.
  const auto other = f.make("c.jpg", 18);
  const std::string victim = f.dir.path() + "/victim";
  std::ofstream(victim) << "untouched";
  fs::create_symlink(victim, f.kept + "/c-18.jpg");
  CHECK_FALSE(f.list.add(other));
  CHECK(contents(victim) == "untouched");
  CHECK(inode(f.kept + "/c-18-2.jpg") == inode(other.path));
}

TEST_CASE("on another file system the directory gets a copy") {
  if (!fs::exists("/dev/shm")) test::skip("there is no /dev/shm");
  Fixture f;
  std::string pattern = "/dev/shm/wm-test-XXXXXX";
  const std::string elsewhere = ::mkdtemp(pattern.data());
  struct stat here {};
  struct stat there {};
  REQUIRE(::stat(f.dir.path().c_str(), &here) == 0);
  REQUIRE(::stat(elsewhere.c_str(), &there) == 0);
  QuarantineList list(JobDirectory::create(f.dir.path()), elsewhere + "/kept");
  const auto input = f.make("b.jpg", 17, std::string(300'000, 'x'));
  CHECK_FALSE(list.add(input));
  CHECK_FALSE(list.add(input));
  CHECK(contents(elsewhere + "/kept/b-17.jpg") == contents(input.path));
  CHECK(fs::last_write_time(elsewhere + "/kept/b-17.jpg") == fs::last_write_time(input.path));
  CHECK(entries(elsewhere + "/kept") == 1);
  if (here.st_dev != there.st_dev) CHECK(inode(elsewhere + "/kept/b-17.jpg") != inode(input.path));
  fs::remove_all(elsewhere);
}

TEST_CASE("what cannot be kept is told in one line and listed all the same") {
  Fixture f;
  std::ofstream(f.dir.path() + "/a") << "in the way of the directory";
  const auto input = f.make("b.jpg");
  const auto problem = f.list.add(input);
  REQUIRE(problem);
  CHECK(problem->find('\n') == std::string::npos);
  CHECK(problem->find("/a") != std::string::npos);
  CHECK(contents(f.list_path) == quarantine_line(input));
}

}  // namespace
}  // namespace wm
