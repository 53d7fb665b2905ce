// The job directory belongs to its user, and nothing that lies in it leads elsewhere or makes the run wait.

#include "supervisor/job_directory/job_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <system_error>

#include "supervisor/job_directory/atomic_file.h"
#include "supervisor/text/usage_error.h"
#include "supervisor/trusted_files/link_support.h"
#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/skip.h"
#include "tests/support/special_files.h"
#include "tests/support/temp_dir.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

class Umask {
 public:
  explicit Umask(mode_t mask) : before_(::umask(mask)) {}
  ~Umask() { ::umask(before_); }
  Umask(const Umask&) = delete;
  Umask& operator=(const Umask&) = delete;

 private:
  mode_t before_;
};

/// What an error says; "" when there was none.
template <class Action>
std::string refusal(const Action& action) {
  try {
    action();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("file systems with links are known as such, and the probe leaves nothing") {
  const TempDir dir;
  const UniqueFd directory(::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  CHECK(knows_links(directory.get()));
  CHECK(knows_links(-1));
  CHECK(fs::is_empty(dir.path()));
}

TEST_CASE("a job directory is made for its user, and the group can read it") {
  const TempDir dir;
  const Umask none(0);
  const auto job = JobDirectory::create(dir.path() + "/out/job");
  CHECK(mode_of(dir.path() + "/out/job") == 0750);
  CHECK(mode_of(job.make_subdirectory("crashes").path()) == 0700);
  CHECK(JobDirectory::find(dir.path() + "/out/job"));
  CHECK_FALSE(JobDirectory::find(dir.path() + "/nothing"));
}

TEST_CASE("a job directory that others may write is refused, and the advice helps") {
  const TempDir dir;
  const std::string path = dir.path() + "/job";
  fs::create_directory(path);
  for (const mode_t mode : {0770U, 0757U, 01777U}) {
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    const std::string create = refusal([&] { (void)JobDirectory::create(path); });
    CHECK(create.find(path + " may be written by others") != std::string::npos);
    CHECK(create.find("chmod go-w " + path) != std::string::npos);
    CHECK_THROWS_AS(JobDirectory::find(path), UsageError);
  }
  REQUIRE(::chmod(path.c_str(), 0755) == 0);
  CHECK_NOTHROW(JobDirectory::create(path));
}

TEST_CASE("a job directory of somebody else is refused, also when it is closed") {
  const TempDir dir;
  const std::string path = dir.path() + "/job";
  if (::geteuid() != 0) skip("only root can give a directory to another user");
  for (const mode_t mode : {0755U, 0777U, 0700U}) {
    fs::create_directory(path);
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    REQUIRE(::lchown(path.c_str(), stranger, stranger) == 0);
    const std::string said = refusal([&] { (void)JobDirectory::create(path); });
    CHECK(said.find(path + " belongs to uid 54321") != std::string::npos);
    CHECK(said.find("--job-dir") != std::string::npos);
    CHECK_THROWS_AS(JobDirectory::find(path), UsageError);
    fs::remove(path);
  }
}

TEST_CASE("what is no directory is refused as the job directory, and as one in it") {
  const TempDir dir;
  write_file(dir.path() + "/victim/file", "kept");
  const auto job = JobDirectory::create(dir.path() + "/job");
  for (const SpecialFile& kind : special_files()) {
    if (kind.name == "a directory") continue;
    const std::string path = job.path_of("sub");
    if (!kind.make(path, dir.path() + "/victim/file")) {
      skip_part("this user cannot make " + std::string(kind.name));
      continue;
    }
    INFO(kind.name);
    CHECK_THROWS(JobDirectory::create(path));
    CHECK_THROWS_AS(job.find_subdirectory("sub"), UsageError);
    CHECK_THROWS_AS(job.make_subdirectory("sub"), UsageError);
    fs::remove_all(path);
  }
  fs::create_symlink(dir.path() + "/victim", job.path_of("sub"));
  CHECK_THROWS_AS(JobDirectory::create(job.path_of("sub")), UsageError);
  CHECK_THROWS_AS(JobDirectory::create(job.path_of("sub/")), UsageError);
  CHECK_THROWS_AS(job.make_subdirectory("sub"), UsageError);
  CHECK(files_below(dir.path() + "/victim") == std::vector<std::string>{"file"});
}

TEST_CASE("a file of the job directory is opened only when it is a regular file of the user's own") {
  const TempDir dir;
  const std::string victim = dir.path() + "/victim";
  write_file(victim, "kept");
  const auto job = JobDirectory::create(dir.path() + "/job");
  for (const SpecialFile& kind : special_files()) {
    const std::string path = job.path_of("file");
    if (!kind.make(path, victim)) {
      skip_part("this user cannot make " + std::string(kind.name));
      continue;
    }
    INFO(kind.name);
    for (const int flags : {O_RDONLY, O_WRONLY, O_RDWR, O_WRONLY | O_APPEND}) {
      CHECK(refusal([&] { (void)job.open_file("file", flags); }).find(path) != std::string::npos);
      CHECK_THROWS_AS(job.open_or_create("file", flags, 0644), UsageError);
    }
    CHECK_THROWS_AS(job.check_file("file"), UsageError);
    CHECK_THROWS_AS(job.read_file("file", 100), UsageError);
    fs::remove_all(path);
  }
  CHECK(read_file(victim) == "kept");
  CHECK_FALSE(fs::exists(victim + "-missing"));
  CHECK_FALSE(job.open_file("file", O_RDWR));
  CHECK(job.open_or_create("file", O_WRONLY, 0644));
  CHECK(job.check_file("file"));
}

TEST_CASE("a file is replaced without writing through what is in its place") {
  const TempDir dir;
  const std::string victim = dir.path() + "/victim";
  write_file(victim, "kept");
  const auto job = JobDirectory::create(dir.path() + "/job");
  for (const SpecialFile& kind : special_files()) {
    for (const char* const name : {"file", "file.tmp"}) {
      const std::string path = job.path_of(name);
      fs::remove(job.path_of("file"));
      if (!kind.make(path, victim)) {
        skip_part("this user cannot make " + std::string(kind.name));
        continue;
      }
      INFO(kind.name << " as " << name);
      const auto replace = [&] {
        AtomicFile file(job, "file", 0644);
        file.write("new");
        file.commit();
      };
      if (kind.name == "a directory") {
        CHECK_THROWS(replace());
        CHECK(fs::is_directory(path + "/full"));
      } else {
        replace();
        CHECK(read_file(job.path_of("file")) == "new");
        CHECK(job.check_file("file"));
      }
      fs::remove_all(path);
    }
  }
  CHECK(read_file(victim) == "kept");
  CHECK_FALSE(fs::exists(job.path_of("file.tmp")));
}

TEST_CASE("a file that is not committed leaves the old one and nothing else") {
  const TempDir dir;
  const auto job = JobDirectory::create(dir.path() + "/job");
  write_file(job.path_of("file"), "old");
  { AtomicFile(job, "file", 0644).write("new"); }
  CHECK(read_file(job.path_of("file")) == "old");
  CHECK(job.names() == std::vector<std::string>{"file"});
}

TEST_CASE("an opened job directory stays the same when another one takes its path") {
  const TempDir dir;
  const auto job = JobDirectory::create(dir.path() + "/job");
  fs::rename(dir.path() + "/job", dir.path() + "/moved");
  fs::create_directory(dir.path() + "/job");
  CHECK(job.open_or_create("file", O_WRONLY, 0644));
  CHECK(fs::exists(dir.path() + "/moved/file"));
  CHECK(fs::exists(job.anchored_path("file")));
  CHECK(fs::is_empty(dir.path() + "/job"));
}

TEST_CASE("no name leads out of the job directory") {
  const TempDir dir;
  const auto job = JobDirectory::create(dir.path() + "/job");
  for (const std::string& name : {std::string(), std::string("."), std::string(".."), std::string("a/b"),
                                  std::string("/etc/passwd"), std::string("a\0b", 3)}) {
    CHECK_THROWS_AS(job.open_file(name, O_RDONLY), std::invalid_argument);
    CHECK_THROWS_AS(job.create_anew(name, 0644, O_WRONLY), std::invalid_argument);
    CHECK_THROWS_AS(job.make_subdirectory(name), std::invalid_argument);
    CHECK_THROWS_AS(job.rename(name, "x"), std::invalid_argument);
  }
}

TEST_CASE("a process that loses the job takes its own temporary file away, and nobody else's") {
  const TempDir dir;
  auto job = JobDirectory::create(dir.path() + "/job");
  bool lost = false;
  job.ask_before_changes([&](std::chrono::nanoseconds) {
    if (lost) throw OwnershipLost("lost");
  });
  const std::string temporary = job.path_of("file.tmp");
  for (const bool is_replaced : {false, true}) {
    lost = false;
    {
      AtomicFile file(job, "file", 0644);
      file.write("mine");
      lost = true;
      if (is_replaced) {
        write_file(dir.path() + "/other", "theirs");
        fs::rename(dir.path() + "/other", temporary);
      }
      CHECK_THROWS_AS(file.commit(), OwnershipLost);
    }
    CHECK(fs::exists(temporary) == is_replaced);
  }
  CHECK(read_file(temporary) == "theirs");
  CHECK_FALSE(fs::exists(job.path_of("file")));
}

TEST_CASE("reading is bounded") {
  const TempDir dir;
  const auto job = JobDirectory::create(dir.path() + "/job");
  write_file(job.path_of("file"), std::string(100, 'x'));
  CHECK(job.read_file("file", 100)->size() == 100);
  CHECK_THROWS_AS(job.read_file("file", 99), UsageError);
  CHECK_FALSE(job.read_file("missing", 1));
}

}  // namespace
}  // namespace wm::test
