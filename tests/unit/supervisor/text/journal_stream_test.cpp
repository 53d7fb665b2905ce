#include "supervisor/text/journal_stream.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "tests/support/catch.h"

namespace wm {
namespace {

TEST_CASE("the journal's stream is known by device and inode") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  struct ::stat status {};
  REQUIRE(::fstat(ends[1], &status) == 0);
  const std::string right = fmt::format("{}:{}", status.st_dev, status.st_ino);
  CHECK(is_journal_stream(ends[1], right));
  for (const std::string& wrong :
       {fmt::format("{}:{}", status.st_dev + 1, status.st_ino),
        fmt::format("{}:{}", status.st_dev, status.st_ino + 1), right + " ", right + ":1", " " + right,
        fmt::format("{}", status.st_dev), std::string(":"), std::string()}) {
    CAPTURE(wrong);
    CHECK_FALSE(is_journal_stream(ends[1], wrong));
  }
  ::close(ends[1]);
  CHECK_FALSE(is_journal_stream(ends[1], right));
  ::close(ends[0]);
}

TEST_CASE("each line has its priority") {
  CHECK(with_priority("a\nb\n", JournalPriority::error) == "<3>a\n<3>b\n");
  CHECK(with_priority("a\n\nb", JournalPriority::debug) == "<7>a\n<7>\n<7>b");
  CHECK(with_priority("", JournalPriority::info).empty());
}

}  // namespace
}  // namespace wm
