#include "worker/stages/input_file.h"

#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include "common/job/outcome.h"
#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/temp_dir.h"

using namespace wm;
using namespace wm::test;

namespace {

/// Sees whether anybody opens a file in earnest.
class OpenWatch {
 public:
  explicit OpenWatch(const std::string& path) : events_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    REQUIRE(::inotify_add_watch(events_.get(), path.c_str(), IN_OPEN) >= 0);
  }
  [[nodiscard]] bool was_opened() const {
    std::array<char, 4096> buffer{};
    return ::read(events_.get(), buffer.data(), buffer.size()) > 0;
  }

 private:
  UniqueFd events_;
};

std::string refusal(const std::string& path, const FileStamp& found = {}) {
  try {
    (void)InputFile::open(path, found);
  } catch (const TaskFailure& failure) {
    CHECK(failure.kind() == FailureKind::unreadable);
    return failure.what();
  }
  return "";
}

FileStamp stamp_at(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return stamp_of(status);
}

}  // namespace

TEST_CASE("a picture is opened, and the watch sees that") {
  const TempDir directory;
  std::ofstream(directory / "a.jpg") << "bytes";
  const OpenWatch watch(directory / "a.jpg");
  InputFile file = InputFile::open(directory / "a.jpg", stamp_at(directory / "a.jpg"));
  CHECK(watch.was_opened());
  file.read();
  CHECK(file.bytes().size() == 5);
}

TEST_CASE("what is no regular file, or another one, is looked at from outside only") {
  const TempDir directory;
  const std::string found = directory / "a.jpg";
  std::ofstream(found) << "bytes";
  const FileStamp stamp = stamp_at(found);
  const std::string other = directory / "other";
  std::string words = "is not a regular file but a pipe";
  SECTION("a pipe") {
    REQUIRE(::mkfifo(other.c_str(), 0600) == 0);
  }
  SECTION("another file") {
    std::ofstream(other) << "other bytes";
    words = "was replaced by another file";
  }
  const OpenWatch watch(other);
  std::filesystem::create_symlink(other, directory / "link");
  CHECK(refusal(directory / "link", stamp).find(words) == 0);
  CHECK_FALSE(watch.was_opened());
}

TEST_CASE("a directory, a device and nothing at all are no inputs") {
  const TempDir directory;
  CHECK(refusal(directory.path()) == "is not a regular file but a directory");
  CHECK(refusal("/dev/null") == "is not a regular file but a device");
  CHECK(refusal(directory / "none") == "cannot be opened: No such file or directory");
}
