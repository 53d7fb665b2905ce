#include "supervisor/input/file_list.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <system_error>
#include <thread>

#include "common/os/event_fd.h"
#include "common/os/unique_fd.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

using namespace std::string_view_literals;
constexpr auto lines = FileList::Separator::newline;
constexpr auto nuls = FileList::Separator::nul;

std::vector<FileListReader::Entry> entries(std::string_view contents, FileList::Separator separator) {
  const TempDir tree;
  const UniqueFd fd(::open(tree.file("list", contents).c_str(), O_RDONLY | O_CLOEXEC));
  FileListReader reader(fd.get(), separator);
  std::vector<FileListReader::Entry> result;
  while (auto entry = reader.next()) result.push_back(*std::move(entry));
  CHECK_FALSE(reader.next());
  return result;
}

std::vector<std::string> names(std::string_view contents, FileList::Separator separator) {
  std::vector<std::string> result;
  for (auto& entry : entries(contents, separator)) result.push_back(std::move(entry.name));
  return result;
}

using Names = std::vector<std::string>;

TEST_CASE("a list is one name a line, the last line whole or not") {
  CHECK(names("a\nb c\n", lines) == Names{"a", "b c"});
  CHECK(names("a\nb", lines) == Names{"a", "b"});
  CHECK(names("", lines).empty());
  CHECK(names("\n\n", lines).empty());
  CHECK(names(" a \n#b\n\xFF\n", lines) == Names{" a ", "#b", "\xFF"});
}

TEST_CASE("names ended by NUL hold anything else") {
  CHECK(names("a\nb\0c\r\0"sv, nuls) == Names{"a\nb", "c\r"});
  CHECK(names("a\0\0b"sv, nuls) == Names{"a", "b"});
}

TEST_CASE("lists from Windows lose their carriage returns") {
  CHECK(names("a\r\nb\r\n\r\nc\r", lines) == Names{"a", "b", "c"});
  CHECK(names("a\r\r\n", lines) == Names{"a\r"});
}

TEST_CASE("a byte order mark at the beginning of a list of lines is no part of a name") {
  CHECK(names("\xEF\xBB\xBF"
              "a\r\nb\n",
              lines) == Names{"a", "b"});
  CHECK(names("\xEF\xBB\xBF\n"
              "b\n",
              lines) == Names{"b"});
  CHECK(names("\xEF\xBB\xBF", lines).empty());
  CHECK(names("a\n\xEF\xBB\xBF"
              "b\n",
              lines) == Names{"a",
                              "\xEF\xBB\xBF"
                              "b"});
  CHECK(names("\xEF\xBB\xBF"
              "a\0"sv,
              nuls) == Names{"\xEF\xBB\xBF"
                             "a"});
}

TEST_CASE("entries are numbered as an editor numbers lines") {
  const auto found = entries("a\n\nb", lines);
  REQUIRE(found.size() == 2);
  CHECK(found[0].number == 1);
  CHECK(found[1].number == 3);
}

TEST_CASE("a name of any length takes bounded memory, and only the longest are refused") {
  const std::string longest(FileListReader::longest_name, 'a');
  const auto found =
      entries(longest + "\r\n" + longest + "b\n" + std::string(1'000'000, 'c') + "\nd\n", lines);
  REQUIRE(found.size() == 4);
  CHECK_FALSE(found[0].too_long);
  CHECK(found[0].name == longest);
  CHECK(found[1].too_long);
  CHECK(found[2].too_long);
  CHECK(found[2].name.size() <= FileListReader::longest_name + 1);
  CHECK_FALSE(found[3].too_long);
  CHECK(found[3].name == "d");
}

TEST_CASE("names are read across the edges of the buffer") {
  std::string contents;
  Names expected;
  for (int index = 0; index < 20'000; ++index) {
    expected.push_back("photos/picture-" + std::to_string(index) + ".jpg");
    contents += expected.back() + '\0';
  }
  CHECK(names(contents, nuls) == expected);
}

TEST_CASE("a pipe is read as it fills") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const UniqueFd reading(ends[0]);
  std::thread writer([fd = ends[1]] {
    const UniqueFd writing(fd);
    for (const char letter : "a.jpg\nb.jpg\n"sv) {
      if (::write(writing.get(), &letter, 1) != 1) return;
    }
  });
  FileListReader reader(reading.get(), lines);
  CHECK(reader.next()->name == "a.jpg");
  CHECK(reader.next()->name == "b.jpg");
  CHECK_FALSE(reader.next());
  writer.join();
}

TEST_CASE("a reader that waits for a silent pipe can be stopped") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const UniqueFd reading(ends[0]);
  const UniqueFd writing(ends[1]);
  REQUIRE(::write(writing.get(), "a.jpg\nhalf", 10) == 10);
  const EventFd stop = EventFd::create(EventFd::Kind::counter);
  FileListReader reader(reading.get(), lines, stop.fd());
  CHECK(reader.next()->name == "a.jpg");
  std::thread stopper([&stop] { stop.post(); });
  CHECK_FALSE(reader.next());
  CHECK_FALSE(reader.next());
  stopper.join();
}

TEST_CASE("a list that cannot be read throws") {
  const TempDir tree;
  const UniqueFd directory(::open(tree.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const EventFd stop = EventFd::create(EventFd::Kind::counter);
  for (const int fd : {-1, directory.get()}) {
    for (const int stop_fd : {-1, stop.fd()}) {
      CAPTURE(fd, stop_fd);
      FileListReader reader(fd, lines, stop_fd);
      CHECK_THROWS_AS(reader.next(), std::system_error);
    }
  }
}

}  // namespace
}  // namespace wm
