// What lies at an input's path later may be anything: only the file that was found is opened, and only when
// it is as it was.

#include "supervisor/input/reopened_input.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

namespace fs = std::filesystem;

struct Fixture {
  TempDir dir;
  std::string path = dir.path() + "/a.jpg";
  std::string other = dir.path() + "/other";
  FileStamp found;

  Fixture() {
    std::ofstream(path) << "picture";
    found = stamp();
  }
  [[nodiscard]] FileStamp stamp() const {
    struct ::stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return stamp_of(status);
  }
  /// With the size and the modification time of the input.
  void write_other() const {
    std::ofstream(other) << "PICTURE";
    const struct ::timespec times[2] = {
        {}, {.tv_sec = found.mtime_ns / 1'000'000'000, .tv_nsec = found.mtime_ns % 1'000'000'000}};
    REQUIRE(::utimensat(AT_FDCWD, other.c_str(), times, 0) == 0);
  }
};

TEST_CASE("an input that is as it was is opened again, whatever link leads to it") {
  const Fixture f;
  const ReopenedInput direct = reopen_input(f.path, f.found);
  CHECK(direct.problem.empty());
  CHECK(direct.stamp == f.found);
  char bytes[8] = {};
  CHECK(::read(direct.file.get(), bytes, sizeof bytes) == 7);
  CHECK(std::string(bytes) == "picture");
  fs::create_symlink("a.jpg", f.dir.path() + "/link");
  CHECK(reopen_input(f.dir.path() + "/link", f.found).problem.empty());
}

TEST_CASE("an input that was written to since is not opened") {
  const Fixture f;
  std::ofstream(f.path, std::ios::app) << "!";
  const ReopenedInput changed = reopen_input(f.path, f.found);
  CHECK_FALSE(changed.file);
  CHECK(changed.problem == "has been changed since");
}

TEST_CASE("nothing that has taken an input's place is opened") {
  const Fixture f;
  const std::vector<std::pair<const char*, std::function<void()>>> swaps{
      {"a file of the same size and time",
       [&] {
         f.write_other();
         fs::rename(f.other, f.path);
       }},
      {"a link to such a file",
       [&] {
         f.write_other();
         fs::create_symlink(f.other, f.path);
       }},
      {"a link to a file that only its owner may read",
       [&] {
         f.write_other();
         fs::permissions(f.other, fs::perms::none);
         fs::create_symlink(f.other, f.path);
       }},
      {"a named pipe", [&] { REQUIRE(::mkfifo(f.path.c_str(), 0600) == 0); }},
      {"a link to a named pipe",
       [&] {
         REQUIRE(::mkfifo((f.dir.path() + "/pipe").c_str(), 0600) == 0);
         fs::create_symlink("pipe", f.path);
       }},
      {"a directory", [&] { fs::create_directory(f.path); }},
      {"a link to a device", [&] { fs::create_symlink("/dev/zero", f.path); }},
      {"a sparse file of 1 TB",
       [&] {
         std::ofstream(f.path).flush();
         fs::resize_file(f.path, std::uintmax_t{1} << 40);
       }},
      {"a socket",
       [&] {
         const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
         sockaddr_un address{.sun_family = AF_UNIX};
         REQUIRE(f.path.size() < sizeof address.sun_path);
         std::strcpy(address.sun_path, f.path.c_str());
         REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
       }},
  };
  for (const auto& [name, swap] : swaps) {
    CAPTURE(name);
    // The input lives on, so that its inode is not given to what takes its place.
    fs::rename(f.path, f.dir.path() + "/kept");
    swap();
    const ReopenedInput swapped = reopen_input(f.path, f.found);
    CHECK_FALSE(swapped.file);
    CHECK(swapped.problem == "has been replaced since");
    fs::remove(f.path);
    fs::rename(f.dir.path() + "/kept", f.path);
    fs::remove(f.dir.path() + "/pipe");
    fs::remove(f.other);
  }
}

TEST_CASE("an input that is gone, or of which nothing is known, is not opened") {
  const Fixture f;
  CHECK_FALSE(reopen_input(f.path, FileStamp{}).file);
  CHECK(reopen_input(f.path, FileStamp{}).problem == "cannot be distinguished from another file of its name");
  fs::remove(f.path);
  CHECK(reopen_input(f.path, f.found).problem == "cannot be opened any more: No such file or directory");
}

}  // namespace
}  // namespace wm
