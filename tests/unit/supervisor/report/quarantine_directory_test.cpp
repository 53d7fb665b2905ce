#include "supervisor/report/quarantine_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_until.h"

namespace wm {
namespace {

namespace fs = std::filesystem;

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct ::stat status_of(const std::string& path) {
  struct ::stat status {};
  if (::lstat(path.c_str(), &status) != 0) status = {};
  return status;
}

ino_t inode(const std::string& path) {
  return status_of(path).st_ino;
}

std::size_t entries(const std::string& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator{}));
}

struct Fixture {
  TempDir dir;
  std::string kept = dir.path() + "/a/kept";

  [[nodiscard]] std::string path(const std::string& name) const { return dir.path() + "/" + name; }
  [[nodiscard]] QuarantinedInput make(const std::string& name, std::uint64_t task = 17,
                                      const std::string& bytes = "poison") const {
    std::ofstream(path(name)) << bytes;
    return {.task = static_cast<TaskId>(task), .path = path(name), .found = stamp_of(status_of(path(name)))};
  }
};

/// A directory on another file system than the tests' temporary files.
class Elsewhere {
 public:
  Elsewhere() {
    if (!fs::exists("/dev/shm")) test::skip("there is no /dev/shm");
    std::string pattern = "/dev/shm/wm-test-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
    if (status_of(path_).st_dev == status_of(fs::temp_directory_path().string()).st_dev)
      test::skip("/dev/shm and the temporary directory are one file system");
  }
  ~Elsewhere() { fs::remove_all(path_); }
  Elsewhere(const Elsewhere&) = delete;
  Elsewhere& operator=(const Elsewhere&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST_CASE("names of quarantined files keep stem and extension and fit into a directory") {
  const auto name = [](const std::string& input, unsigned number = 1) {
    return quarantine_name(input, static_cast<TaskId>(17), number);
  };
  CHECK(name("/in/b.jpg") == "b-17.jpg");
  CHECK(name("/in/b.jpg", 2) == "b-17-2.jpg");
  CHECK(name("/in.d/archive.tar.gz") == "archive.tar-17.gz");
  CHECK(name("/in/.hidden") == ".hidden-17");
  CHECK(name("/in/no extension") == "no extension-17");
  CHECK(name("/in/" + std::string(251, 'x') + ".jpg") == std::string(248, 'x') + "-17.jpg");
  CHECK(name("/in/x." + std::string(250, 'e')).size() == 255);
}

TEST_CASE("the directory gets a link to each input, once, and nothing in it is replaced") {
  const Fixture f;
  const auto input = f.make("b.jpg");
  keep_in_directory(input, f.kept);
  CHECK(inode(f.kept + "/b-17.jpg") == inode(input.path));
  keep_in_directory(f.make("b.jpg"), f.kept);
  CHECK(entries(f.kept) == 1);

  fs::remove(input.path);
  const auto replaced = f.make("b.jpg", 17, "another poison");
  keep_in_directory(replaced, f.kept);
  CHECK(contents(f.kept + "/b-17.jpg") == "poison");
  CHECK(inode(f.kept + "/b-17-2.jpg") == inode(replaced.path));

  // Another writer there cannot redirect anything.
  const auto other = f.make("c.jpg", 18);
  std::ofstream(f.path("victim")) << "untouched";
  fs::create_symlink(f.path("victim"), f.kept + "/c-18.jpg");
  keep_in_directory(other, f.kept);
  CHECK(contents(f.path("victim")) == "untouched");
  CHECK(inode(f.kept + "/c-18-2.jpg") == inode(other.path));
}

TEST_CASE("no other file is kept in an input's place") {
  const Fixture f;
  const auto input = f.make("b.jpg");
  fs::rename(input.path, f.path("elsewhere.jpg"));
  std::ofstream(f.path("secret")) << "secret";
  fs::permissions(f.path("secret"), fs::perms::owner_read);
  SECTION("a link to a secret") {
    fs::create_symlink("secret", input.path);
  }
  SECTION("another file") {
    fs::rename(f.path("secret"), input.path);
  }
  SECTION("a pipe") {
    REQUIRE(::mkfifo(input.path.c_str(), 0600) == 0);
  }
  SECTION("a sparse file without end") {
    std::ofstream(input.path).flush();
    fs::resize_file(input.path, std::uintmax_t{1} << 42);
  }
  CHECK_THROWS_WITH(keep_in_directory(input, f.kept),
                    Catch::Matchers::Contains("it has been replaced since"));
  CHECK_FALSE(fs::exists(f.kept));
}

TEST_CASE(
    "on another file system the directory gets a copy, readable for no one who may not read the input") {
  const Fixture f;
  const Elsewhere elsewhere;
  auto input = f.make("b.jpg", 17, std::string(300'000, 'x'));
  const std::string copy = elsewhere.path() + "/kept/b-17.jpg";
  keep_in_directory(input, elsewhere.path() + "/kept");
  keep_in_directory(input, elsewhere.path() + "/kept");
  CHECK(contents(copy) == contents(input.path));
  CHECK(fs::last_write_time(copy) == fs::last_write_time(input.path));
  CHECK(entries(elsewhere.path() + "/kept") == 1);
  CHECK(inode(copy) != inode(input.path));

  input = f.make("private.jpg", 18);
  fs::permissions(input.path, fs::perms::owner_read | fs::perms::owner_write);
  keep_in_directory(input, elsewhere.path() + "/kept");
  CHECK((status_of(elsewhere.path() + "/kept/private-18.jpg").st_mode & 07777U) == 0600);
}

TEST_CASE("a copy of a sparse file is sparse") {
  const Fixture f;
  const Elsewhere elsewhere;
  auto input = f.make("b.tif", 17, "begin");
  constexpr std::uintmax_t size = std::uintmax_t{1} << 40;
  fs::resize_file(input.path, size);
  input.found = stamp_of(status_of(input.path));
  keep_in_directory(input, elsewhere.path());
  const struct ::stat copy = status_of(elsewhere.path() + "/b-17.tif");
  CHECK(static_cast<std::uintmax_t>(copy.st_size) == size);
  CHECK(copy.st_blocks < 2048);
}

TEST_CASE("a copy that is not wanted any more is removed, and the reason said") {
  const Fixture f;
  const Elsewhere elsewhere;
  const auto input = f.make("b.jpg");
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_WITH(keep_in_directory(input, elsewhere.path(), {}, stop.get_token()),
                    Catch::Matchers::Contains("the run was stopped before it was copied"));
  CHECK(entries(elsewhere.path()) == 0);
}

TEST_CASE("nothing gets a name while it may not, and a copy has none before it is complete") {
  const Fixture f;
  const bool is_copy = GENERATE(false, true);
  CAPTURE(is_copy);
  std::optional<Elsewhere> elsewhere;
  if (is_copy) elsewhere.emplace();
  const std::string kept = is_copy ? elsewhere->path() : f.kept;
  const auto input = f.make("b.jpg");
  int questions = 0;
  const int last = is_copy ? 2 : 1;
  bool is_lost = true;
  const auto require = [&] {
    ++questions;
    CHECK_FALSE(fs::exists(kept + "/b-17.jpg"));
    const std::string copy = kept + "/" + temporary_name(RunToken{5}, TaskId{17});
    if (questions == 2) CHECK(contents(copy) == "poison");
    if (is_lost && questions == last) throw std::runtime_error("lost");
  };
  CHECK_THROWS_WITH(keep_in_directory(input, kept, {.run = RunToken{5}, .require = require}), "lost");
  CHECK(entries(kept) == 0);
  is_lost = false;
  questions = 0;
  CHECK_NOTHROW(keep_in_directory(input, kept, {.run = RunToken{5}, .require = require}));
  CHECK(questions == last);
  CHECK(contents(kept + "/b-17.jpg") == "poison");
  CHECK(entries(kept) == 1);
}

TEST_CASE("a copy that cannot get its name is reported with the input and the directory") {
  const Fixture f;
  const Elsewhere elsewhere;
  const auto input = f.make("b.jpg");
  int questions = 0;
  const auto require = [&] {
    if (++questions == 2) fs::remove(elsewhere.path() + "/" + temporary_name(RunToken{5}, TaskId{17}));
  };
  CHECK_THROWS_WITH(keep_in_directory(input, elsewhere.path(), {.run = RunToken{5}, .require = require}),
                    "cannot keep " + input.path + " in " + elsewhere.path() + ": No such file or directory");
}

TEST_CASE("what a dead run of the job was copying is removed with the next input, but no other file") {
  const Fixture f;
  fs::create_directories(f.kept);
  const std::string left = f.kept + "/" + temporary_name(RunToken{4}, TaskId{1});
  const std::string of_another_job = f.kept + "/" + temporary_name(RunToken{6}, TaskId{1});
  for (const std::string& path : {left, of_another_job, f.kept + "/other-1.jpg"})
    std::ofstream(path) << "half";
  std::atomic<int> problems{0};
  QuarantineDirectory directory(f.kept, RunToken{5}, [&](const std::string&, TaskId) { ++problems; });
  directory.remove_copies_of({RunToken{4}});
  directory.keep(f.make("b.jpg"));
  CHECK(test::wait_until([&] { return directory.is_idle(); }));
  directory.finish();
  CHECK(problems == 0);
  CHECK_FALSE(fs::exists(left));
  CHECK(fs::exists(of_another_job));
  CHECK(entries(f.kept) == 3);
}

TEST_CASE("the directory's thread keeps every input and tells what it cannot keep in one line") {
  const Fixture f;
  std::mutex mutex;
  std::vector<std::string> problems;
  QuarantineDirectory directory(f.kept, RunToken{5}, [&](const std::string& problem, TaskId task) {
    const std::lock_guard lock(mutex);
    problems.push_back(problem);
    CHECK(number(task) == 2);
  });
  CHECK(directory.is_idle());
  directory.keep(f.make("1.jpg", 1));
  const auto gone = f.make("2\n.jpg", 2);
  fs::remove(gone.path);
  directory.keep(gone);
  directory.keep(f.make("3.jpg", 3));
  CHECK(test::wait_until([&] { return directory.is_idle(); }));
  directory.finish();
  CHECK(entries(f.kept) == 2);
  REQUIRE(problems.size() == 1);
  CHECK(problems.front().find("No such file or directory") != std::string::npos);
  CHECK(problems.front().find('\n') == std::string::npos);
}

TEST_CASE("a thread that hangs is left behind, and then gives nothing a name") {
  const Fixture f;
  auto let_go = std::make_shared<std::promise<void>>();
  const auto awake = std::make_shared<std::promise<void>>();
  std::vector<std::string> problems;
  {
    QuarantineDirectory directory(f.kept, RunToken{5},
                                  [&](const std::string& problem, TaskId) { problems.push_back(problem); });
    // In place of a file system that does not answer.
    directory.ask_before_names([hang = let_go->get_future().share(), hangs = awake] {
      hangs->set_value();
      hang.wait();
    });
    directory.keep(f.make("a.jpg"));
    directory.keep(f.make("b.jpg"));
    awake->get_future().wait();
    directory.finish(std::chrono::milliseconds(1));
  }
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].find("a.jpg") != std::string::npos);
  CHECK(problems[0].ends_with(": it takes too long"));
  CHECK(problems[1].find("b.jpg") != std::string::npos);
  let_go->set_value();
  CHECK_FALSE(test::wait_until([&] { return entries(f.kept) > 0; }, std::chrono::milliseconds(200)));
  CHECK(problems.size() == 2);
}

TEST_CASE("without a directory nothing is kept") {
  const Fixture f;
  QuarantineDirectory none("", RunToken{5},
                           [](const std::string&, TaskId) { FAIL("there is nothing to tell"); });
  none.keep(f.make("1.jpg"));
  none.finish();
  CHECK(entries(f.dir.path()) == 1);
}

}  // namespace
}  // namespace wm
