#include "supervisor/preview/preview_file.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "common/os/unique_fd.h"
#include "supervisor/text/usage_error.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

/// What the program recognises, written out by hand: ISO/IEC 15948, 11.3.4.4.
std::string preview_bytes(const std::string& rest) {
  using namespace std::string_literals;
  return "\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR.................\0\0\0\x1AzTXtwm-supervisor-preview\0\0...."s +
         rest;
}

std::string contents(const std::string& path) {
  std::ifstream stream(path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

void make(const std::string& path, const std::string& bytes) {
  std::ofstream(path) << bytes;
}

std::string written(const std::string& path, const std::string& bytes,
                    Overwrite overwrite = Overwrite::changed) {
  try {
    PreviewFile(path, "--output", overwrite).write(std::as_bytes(std::span(bytes)), {});
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

/// The names under which files are made in a directory.
class MadeNames {
 public:
  explicit MadeNames(const std::string& directory) : events_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    REQUIRE(::inotify_add_watch(events_.get(), directory.c_str(), IN_CREATE) >= 0);
  }
  [[nodiscard]] std::vector<std::string> take() const {
    alignas(inotify_event) std::array<char, 4096> bytes{};
    const ssize_t got = ::read(events_.get(), bytes.data(), bytes.size());
    std::vector<std::string> names;
    for (ssize_t at = 0; at < got;) {
      const auto* const event = reinterpret_cast<const inotify_event*>(bytes.data() + at);
      names.emplace_back(event->name);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    }
    return names;
  }

 private:
  UniqueFd events_;
};

std::size_t entries_of(const std::string& directory) {
  const std::filesystem::directory_iterator entries(directory);
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

TEST_CASE("a preview is a new file with the mode of new files, and nothing else is left") {
  const TempDir directory;
  const std::string path = directory.path() + "/p.png";
  const mode_t before = ::umask(027);
  CHECK(written(path, preview_bytes("1")).empty());
  ::umask(before);
  CHECK(contents(path) == preview_bytes("1"));
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0640);
  CHECK(entries_of(directory.path()) == 1);
}

TEST_CASE("a preview is no more open than the most private of the pictures it shows") {
  const TempDir directory;
  const auto mode_of = [&](std::vector<std::string> inputs) {
    const std::string path = directory.path() + "/p.png";
    const std::string bytes = preview_bytes("1");
    const mode_t before = ::umask(022);
    PreviewFile(path, "--output", Overwrite::changed).write(std::as_bytes(std::span(bytes)), inputs);
    ::umask(before);
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777;
  };
  const std::string open = directory.path() + "/open.jpg";
  const std::string closed = directory.path() + "/closed.jpg";
  make(open, "x");
  make(closed, "x");
  REQUIRE(::chmod(open.c_str(), 0644) == 0);
  REQUIRE(::chmod(closed.c_str(), 0640) == 0);
  CHECK(mode_of({open}) == 0644);
  CHECK(mode_of({open, closed, open}) == 0600);
  CHECK(mode_of({directory.path() + "/gone.jpg"}) == 0600);
}

TEST_CASE("an earlier preview is replaced, unless nothing shall be") {
  const TempDir directory;
  const std::string path = directory.path() + "/p.png";
  make(path, preview_bytes("old"));
  CHECK(written(path, preview_bytes("new"), Overwrite::never)
            .ends_with("exists, and --overwrite never leaves it"));
  CHECK(contents(path) == preview_bytes("old"));
  CHECK(written(path, preview_bytes("new")).empty());
  CHECK(contents(path) == preview_bytes("new"));
}

TEST_CASE("no other file is replaced, whatever it is asked for") {
  const TempDir directory;
  const std::string path = directory.path() + "/p.png";
  const std::string later = std::string(5000, 'x') + preview_bytes("");
  for (const std::string& bytes :
       {std::string(), std::string("a picture"), std::string("\x89PNG\r\n\x1A\nIHDR"), later}) {
    make(path, bytes);
    for (const Overwrite overwrite : {Overwrite::changed, Overwrite::all}) {
      CHECK(written(path, preview_bytes(""), overwrite) ==
            "--output " + path +
                ": exists and is no preview, which alone would be replaced; name another file");
    }
    CHECK(contents(path) == bytes);
  }
  CHECK(entries_of(directory.path()) == 1);
}

TEST_CASE("a symbolic link is not followed, whatever it leads to") {
  const TempDir directory;
  const std::string target = directory.path() + "/target";
  const std::string link = directory.path() + "/link.png";
  make(target, preview_bytes("old"));
  std::filesystem::create_symlink(target, link);
  CHECK(written(link, preview_bytes("new")) ==
        "--output " + link + ": is a symbolic link, which is not followed");
  CHECK(contents(target) == preview_bytes("old"));
  std::filesystem::remove(target);
  CHECK(!written(link, preview_bytes("new")).empty());
  CHECK(!std::filesystem::exists(target));
}

TEST_CASE("what cannot be written is said before anything is drawn") {
  const TempDir directory;
  CHECK_THROWS_AS(PreviewFile(directory.path() + "/none/p.png", "-o", Overwrite::changed), UsageError);
  CHECK_THROWS_AS(PreviewFile(directory.path() + "/", "-o", Overwrite::changed), UsageError);
  CHECK_THROWS_AS(PreviewFile(directory.path(), "-o", Overwrite::changed), UsageError);
  CHECK_THROWS_AS(PreviewFile("/proc/p.png", "-o", Overwrite::changed).write({}, {}), std::exception);
}

TEST_CASE("nobody can guess the name that a preview has before it is whole") {
  const TempDir directory;
  const MadeNames made(directory.path());
  for (int i = 0; i < 2; ++i) CHECK(written(directory.path() + "/p.png", preview_bytes("1")).empty());
  const std::vector<std::string> names = made.take();
  REQUIRE(names.size() == 2);
  CHECK(names[0] != names[1]);
  for (const std::string& name : names) CHECK(name.starts_with(".wm-supervisor-"));
}

TEST_CASE("a file that comes there meanwhile is not replaced") {
  const TempDir directory;
  const std::string path = directory.path() + "/p.png";
  PreviewFile file(path, "--output", Overwrite::all);
  make(path, "somebody else's");
  CHECK_THROWS_AS(file.write({}, {}), UsageError);
  CHECK(contents(path) == "somebody else's");
  CHECK(entries_of(directory.path()) == 1);
}

}  // namespace
}  // namespace wm
