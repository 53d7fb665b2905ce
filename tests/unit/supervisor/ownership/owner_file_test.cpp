#include "supervisor/ownership/owner_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <string>
#include <vector>

#include "supervisor/text/usage_error.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

const auto takes_any = [](const SeenOwner&) { return true; };
const auto takes_none = [](const SeenOwner&) { return false; };

struct OwnerFileFixture {
  TempDir temp;
  JobDirectory directory = JobDirectory::create(temp.path() + "/job");

  [[nodiscard]] SeenOwner seen() const { return OwnerFile::read(directory).value(); }
  void set_age(std::int64_t seconds) const {
    const std::array<timespec, 2> times{timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
                                        timespec{.tv_sec = ::time(nullptr) - seconds, .tv_nsec = 0}};
    REQUIRE(::utimensat(directory.fd(), "owner", times.data(), 0) == 0);
  }
};

TEST_CASE("only one process makes the owner's file") {
  const OwnerFileFixture place;
  OwnerFile one(place.directory, "one");
  OwnerFile other(place.directory, "other");
  CHECK_FALSE(OwnerFile::read(place.directory));
  CHECK(one.create());
  CHECK_FALSE(other.create());
  CHECK(one.is_own());
  CHECK_FALSE(other.is_own());
  CHECK(place.seen().text == "one");
  CHECK(place.directory.names() == std::vector<std::string>{"owner"});
}

TEST_CASE("only the owner touches and removes its file") {
  const OwnerFileFixture place;
  OwnerFile owner(place.directory, "one");
  const OwnerFile other(place.directory, "other");
  REQUIRE(owner.create());
  place.set_age(1000);
  const std::int64_t before = place.seen().touched_ns;
  CHECK_FALSE(other.touch());
  other.remove();
  CHECK(place.seen().touched_ns == before);
  CHECK(owner.touch());
  CHECK(place.seen().touched_ns > before + 900'000'000'000);
  CHECK(owner.server_time() >= place.seen().touched_ns);
  owner.remove();
  CHECK_FALSE(OwnerFile::read(place.directory));
  CHECK_FALSE(owner.touch());
  CHECK(place.directory.names().empty());
}

TEST_CASE("a file that was touched or replaced since it was judged is not taken over") {
  const OwnerFileFixture place;
  OwnerFile owner(place.directory, "one");
  OwnerFile taker(place.directory, "taker");
  REQUIRE(owner.create());
  place.set_age(1000);
  const SeenOwner judged = place.seen();
  SECTION("untouched") {
    CHECK(taker.take_over(judged, takes_none));
    CHECK(taker.is_own());
  }
  SECTION("touched") {
    REQUIRE(owner.touch());
    CHECK_FALSE(taker.take_over(judged, takes_any));
    CHECK(owner.is_own());
  }
  SECTION("taken over by another one") {
    OwnerFile faster(place.directory, "faster");
    REQUIRE(faster.take_over(judged, takes_none));
    CHECK_FALSE(taker.take_over(judged, takes_any));
    CHECK(faster.is_own());
  }
  SECTION("gone") {
    owner.remove();
    CHECK_FALSE(taker.take_over(judged, takes_any));
    CHECK(place.directory.names().empty());
    return;
  }
  CHECK(place.directory.names() == std::vector<std::string>{"owner"});
}

TEST_CASE("of many that take over at once exactly one succeeds") {
  constexpr int takers = 12;
  for (int round = 0; round < 25; ++round) {
    const OwnerFileFixture place;
    OwnerFile owner(place.directory, "dead");
    REQUIRE(owner.create());
    place.set_age(1000);
    const SeenOwner judged = place.seen();
    std::array<int, 2> gate{};
    REQUIRE(::pipe2(gate.data(), O_CLOEXEC) == 0);
    std::vector<pid_t> children;
    for (int i = 0; i < takers; ++i) {
      const pid_t child = ::fork();
      if (child == 0) {
        ::close(gate[1]);
        char byte = 0;
        static_cast<void>(::read(gate[0], &byte, 1));  // until all are there
        OwnerFile taker(place.directory, "taker " + std::to_string(i));
        bool taken = false;
        try {
          taken = taker.take_over(judged, takes_none);
        } catch (const std::exception&) {
          ::_exit(2);
        }
        ::_exit(taken ? 0 : 1);
      }
      children.push_back(child);
    }
    ::close(gate[0]);
    ::close(gate[1]);
    std::vector<int> winners;
    for (int i = 0; i < takers; ++i) {
      int status = 0;
      REQUIRE(::waitpid(children.at(static_cast<std::size_t>(i)), &status, 0) > 0);
      REQUIRE(WIFEXITED(status));
      CHECK(WEXITSTATUS(status) != 2);
      if (WEXITSTATUS(status) == 0) winners.push_back(i);
    }
    REQUIRE(winners.size() == 1);
    CHECK(place.seen().text == "taker " + std::to_string(winners.front()));
    CHECK(place.directory.names() == std::vector<std::string>{"owner"});
  }
}

TEST_CASE("one that died while it took over does not keep others from it") {
  const OwnerFileFixture place;
  OwnerFile owner(place.directory, "dead");
  REQUIRE(owner.create());
  const SeenOwner judged = place.seen();
  const std::string claim = OwnerFile::claim_on(judged.text);
  std::ofstream(place.directory.path_of(claim)) << "died, too";
  std::ofstream(place.directory.path_of(OwnerFile::claim_on("died, too"))) << "and a third one";
  OwnerFile next(place.directory, "next");
  CHECK_FALSE(next.take_over(judged, takes_none));  // if that one is alive
  CHECK(owner.is_own());
  CHECK(next.take_over(judged, takes_any));
  CHECK(place.directory.names() == std::vector<std::string>{"owner"});
  for (const std::string& left :
       {OwnerFile::claim_on("long ago"), std::string("owner.0000000000000000.tmp")}) {
    std::ofstream(place.directory.path_of(left)) << "left";
  }
  std::ofstream(place.directory.path_of(OwnerFile::claim_on("next"))) << "takes over from this one";
  REQUIRE(::mkdirat(place.directory.fd(), "owner.0.tmp", 0700) == 0);  // keeps none of the others
  next.remove_leftovers(takes_none);
  CHECK(place.directory.names().size() == 5);
  next.remove_leftovers(takes_any);
  CHECK(place.directory.names() ==
        std::vector<std::string>{"owner", "owner.0.tmp", OwnerFile::claim_on("next")});
}

TEST_CASE("what is no file is refused as the owner's file, and never waited for") {
  const OwnerFileFixture place;
  REQUIRE(::mkfifoat(place.directory.fd(), "owner", 0600) == 0);
  CHECK_THROWS_AS(OwnerFile::read(place.directory), UsageError);
  REQUIRE(::unlinkat(place.directory.fd(), "owner", 0) == 0);
  REQUIRE(::symlinkat("/etc/passwd", place.directory.fd(), "owner") == 0);
  CHECK_THROWS_AS(OwnerFile::read(place.directory), UsageError);
  REQUIRE(::unlinkat(place.directory.fd(), "owner", 0) == 0);
  std::ofstream(place.directory.path_of("owner")) << std::string(100'000, 'x');
  CHECK(OwnerFile::read(place.directory)->text.size() < 5000);
}

}  // namespace
}  // namespace wm
