// The hash of a crash's input, and whether a file is still that input: of no other file is a byte read.

#include "supervisor/crash/input_hash.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stop_token>
#include <string>

#include "supervisor/crash/input_comparison.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

namespace fs = std::filesystem;

struct Fixture {
  TempDir dir;
  std::string path = dir.path() + "/a.jpg";
  std::string other = dir.path() + "/other";

  explicit Fixture(const std::string& bytes = "picture") { std::ofstream(path) << bytes; }
  [[nodiscard]] FileStamp stamp() const {
    struct ::stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return stamp_of(status);
  }
  void replace_with(const std::string& bytes) const {
    std::ofstream(other) << bytes;
    fs::rename(other, path);
  }
};

TEST_CASE("an input's hash is that of its contents") {
  const Fixture f;
  // printf picture | xxhsum -H2
  CHECK(hash_of(f.path, f.stamp()).xxh3 == "f10ee37f782f1832f8dc3484579cfb8d");
  CHECK(hash_of(f.path, f.stamp()).problem.empty());
  const Fixture longer(std::string(3'000'001, 'x'));
  CHECK(hash_of(longer.path, longer.stamp()).xxh3 != hash_of(f.path, f.stamp()).xxh3);
}

TEST_CASE("no other file is hashed in an input's place, and no changed one") {
  const Fixture f;
  const FileStamp found = f.stamp();
  std::ofstream(f.path, std::ios::app) << "!";
  CHECK(hash_of(f.path, found).problem == "has been changed since");
  f.replace_with("PICTURE");
  CHECK(hash_of(f.path, found).xxh3.empty());
  CHECK(hash_of(f.path, found).problem == "has been replaced since");
}

TEST_CASE("a hash has a limit, and ends when it is not wanted any more") {
  const Fixture f;
  fs::resize_file(f.path, static_cast<std::uintmax_t>(most_hashed_bytes) + 1);
  CHECK(hash_of(f.path, f.stamp()).problem == "is larger than 1024 MB and not hashed");
  fs::resize_file(f.path, static_cast<std::uintmax_t>(most_hashed_bytes));
  std::stop_source stop;
  stop.request_stop();
  CHECK(hash_of(f.path, f.stamp(), stop.get_token()).problem == "was not hashed: there was no time for it");
}

TEST_CASE("the input of a crash is the same file with the same contents, or a copy of it") {
  const Fixture f;
  const FileStamp found = f.stamp();
  const std::string hash = hash_of(f.path, found).xxh3;
  const auto state = [&] { return compare_input(f.path, found, hash).state; };
  CHECK(state() == InputState::same);
  CHECK(compare_input(f.path, found, "").state == InputState::same);
  CHECK(compare_input(f.path, {}, hash).state == InputState::same);
  CHECK(compare_input(f.path, {}, "").state == InputState::unknown);

  std::ofstream(f.path) << "PICTURE";
  CHECK(state() == InputState::changed);
  std::ofstream(f.path) << "another picture";
  CHECK(state() == InputState::changed);
  std::ofstream(f.path) << "picture";  // touched, no more
  CHECK(state() == InputState::same);

  fs::rename(f.path, f.dir.path() + "/kept");
  CHECK(state() == InputState::missing);
  std::ofstream(f.path) << "picture";
  CHECK(state() == InputState::same);  // it came back from a backup
  CHECK(compare_input(f.path, found, "").state == InputState::replaced);
  std::ofstream(f.path) << "PICTURE";
  CHECK(state() == InputState::replaced);
}

TEST_CASE("what a link leads to is no input that came back, and a pipe or a directory is none") {
  const Fixture f;
  const FileStamp found = f.stamp();
  const std::string hash = hash_of(f.path, found).xxh3;
  const auto state = [&] { return compare_input(f.path, found, hash).state; };
  fs::rename(f.path, f.dir.path() + "/kept");
  std::ofstream(f.other) << "picture";
  fs::create_symlink("other", f.path);
  CHECK(state() == InputState::replaced);
  CHECK(compare_input(f.path, {}, "").state == InputState::replaced);
  fs::remove(f.path);
  REQUIRE(::mkfifo(f.path.c_str(), 0600) == 0);
  CHECK(state() == InputState::replaced);
  fs::remove(f.path);
  fs::create_directory(f.path);
  CHECK(state() == InputState::replaced);
  fs::remove(f.path);
  fs::create_symlink("kept", f.path);  // the file itself, by another way
  CHECK(state() == InputState::same);
}

}  // namespace
}  // namespace wm
