#include "supervisor/ownership/owner_record.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "supervisor/ownership/local_locks.h"
#include "tests/support/catch.h"
#include "tests/support/files_left.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

OwnerRecord some_owner() {
  return {.host = "node07",
          .boot_id = "1ad4e6f0-2c3b-4a59-9d68-70819a2b3c4d",
          .pid_namespace = 4026531836,
          .pid = 4711,
          .started = 123456,
          .disk = "ef53:0123456789abcdef",
          .token = RunToken{0x00c0ffee00000001},
          .former_may_live = true};
}

TEST_CASE("an owner's file is read as it was written") {
  const OwnerRecord owner = some_owner();
  CHECK(owner_record_from(to_text(owner)) == owner);
  const OwnerRecord own = record_of_this_process(RunToken{7});
  CHECK(own.pid == ::getpid());
  CHECK_FALSE(own.host.empty());
  CHECK(own.started > 0);
  CHECK(owner_record_from(to_text(own)) == own);
  CHECK(owner_words(owner) == "pid 4711 on node07");
}

TEST_CASE("a process of which nothing can be read is not gone") {
  const OwnerRecord own = record_of_this_process(RunToken{7});
  CHECK(process_of(own, own) == OwnerProcess::alive);
  OwnerRecord another = own;
  another.started += 1;  // its number was given to this process
  CHECK(process_of(another, own) == OwnerProcess::gone);
#if defined(WM_ADDRESS_SANITIZER)
  test::skip_part(
      "without descriptors UndefinedBehaviorSanitizer takes every exception for one of a wrong type");
#else
  const test::FilesLeft none(0);
  CHECK(process_of(own, own) == OwnerProcess::unknown);
#endif
}

TEST_CASE("hostile bytes are no owner's file") {
  const std::string good = to_text(some_owner());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
  };
  const std::vector<std::string> bad{
      "",
      "{}",
      "[]",
      "\xff\xfe",
      std::string(1000, '{'),
      good.substr(0, good.size() / 2),
      with("\"schema\": 1", "\"schema\": 2"),
      with("4711", "-4711"),
      with("4711", "0"),
      with("4711", "99999999999999999999"),
      with("4711", "\"4711\""),
      with("00c0ffee00000001", "00C0FFEE00000001"),
      with("00c0ffee00000001", "1"),
      with("123456", "-1"),
      with("node07", std::string(300, 'n')),
      with("node07", std::string(5000, 'n')),
      with("true", "\"yes\""),
  };
  for (const std::string& text : bad) {
    CAPTURE(text);
    CHECK_FALSE(owner_record_from(text));
  }
  CHECK(owner_words(owner_record_from(with("node07", "a\\u001b[31m\\n"))).find('\n') == std::string::npos);
}

TEST_CASE("an owner's process is known by boot, namespace, number and start") {
  const OwnerRecord here = record_of_this_process(RunToken{1});
  OwnerRecord owner = here;
  CHECK(process_of(owner, here) == OwnerProcess::alive);
  SECTION("a later process of the same number") {
    ++owner.started;
    CHECK(process_of(owner, here) == OwnerProcess::gone);
  }
  SECTION("another boot, or another machine") {
    owner.boot_id = "another";
    CHECK(process_of(owner, here) == OwnerProcess::unknown);
  }
  SECTION("another container on this machine") {
    ++owner.pid_namespace;
    CHECK(process_of(owner, here) == OwnerProcess::unknown);
  }
  SECTION("a machine that does not tell its boots apart") {
    OwnerRecord unnamed = here;
    unnamed.boot_id = owner.boot_id = "";
    CHECK(process_of(owner, unnamed) == OwnerProcess::unknown);
  }
  SECTION("a process that has ended, whether or not its parent has noticed") {
    const pid_t child = ::fork();
    if (child == 0) {
      ::pause();
      ::_exit(0);
    }
    owner.pid = child;
    CHECK(process_of(owner, here) == OwnerProcess::gone);  // it did not begin when this process did
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    CHECK(process_of(owner, here) == OwnerProcess::gone);
  }
}

TEST_CASE("a lock decides only between those that see the job directory on one disk of this machine") {
  TempDir temp;
  const int directory = ::open(temp.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const OwnerRecord here = record_of_this_process(RunToken{1}, "ef53:01");
  CHECK(local_disk(directory) == local_disk(directory));
  CHECK(local_disk(directory).empty() != locks_are_seen_by_all(directory));
  OwnerRecord owner = here;
  owner.boot_id = GENERATE("another", "");
  CHECK(share_locks(owner, here));
  for (const char* const disk : {"", "ef53:02", "58465342:01"}) {
    owner.disk = disk;
    CHECK_FALSE(share_locks(owner, here));
  }
  const OwnerRecord elsewhere = record_of_this_process(RunToken{1});
  owner.disk = "";
  CHECK_FALSE(share_locks(owner, elsewhere));
  ::close(directory);
}

}  // namespace
}  // namespace wm
