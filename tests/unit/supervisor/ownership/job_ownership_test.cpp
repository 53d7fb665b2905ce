#include "supervisor/ownership/job_ownership.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <fstream>
#include <memory>
#include <string>

#include "supervisor/job_directory/atomic_file.h"
#include "supervisor/ownership/job_holder.h"
#include "supervisor/ownership/local_locks.h"
#include "supervisor/text/usage_error.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

struct OwnershipFixture {
  TempDir temp;
  JobDirectory directory = JobDirectory::create(temp.path() + "/job");
  std::atomic<int> touches{0};
  std::atomic<int> losses{0};
  OwnerObservation observation{std::chrono::nanoseconds(0)};  // one look is enough

  JobOwnership::Notices notices() {
    return {.touched = [this](std::int64_t) { ++touches; }, .lost = [this] { ++losses; }};
  }
  void write_owner(const std::string& text, std::int64_t age_s = 0) const {
    ::unlinkat(directory.fd(), "owner", 0);
    std::ofstream(directory.path_of("owner")) << text;
    const std::array<timespec, 2> times{timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
                                        timespec{.tv_sec = ::time(nullptr) - age_s, .tv_nsec = 0}};
    REQUIRE(::utimensat(directory.fd(), "owner", times.data(), 0) == 0);
  }
};

/// A process that does nothing, and what it would write as an owner.
struct Sleeper {
  pid_t pid = -1;
  OwnerRecord record;
  Sleeper() {
    std::array<int, 2> pipe{};
    REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
    pid = ::fork();
    if (pid == 0) {
      const std::string text = to_text(record_of_this_process(RunToken{99}));
      static_cast<void>(::write(pipe[1], text.data(), text.size()));
      for (;;) ::pause();
    }
    ::close(pipe[1]);
    std::string text(largest_owner_file, '\0');
    text.resize(static_cast<std::size_t>(::read(pipe[0], text.data(), text.size())));
    ::close(pipe[0]);
    record = owner_record_from(text).value();
  }
  ~Sleeper() { end(); }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
  void end() {
    if (pid < 0) return;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    pid = -1;
  }
};

TEST_CASE("a job has an owner's file while it is owned, and none after a clean end") {
  OwnershipFixture place;
  {
    JobOwnership own(place.directory, RunToken{5}, place.notices(), place.observation);
    CHECK_FALSE(own.former());
    CHECK(place.touches == 1);
    const auto record = owner_record_from(OwnerFile::read(place.directory)->text);
    REQUIRE(record);
    CHECK(record->pid == ::getpid());
    CHECK(record->token == RunToken{5});
    CHECK_FALSE(record->former_may_live);
    CHECK_NOTHROW(own.require());
  }
  CHECK(place.directory.names() == std::vector<std::string>{"lock"});
}

TEST_CASE("the job of an owner that is alive is held, until it was not seen for too long") {
  OwnershipFixture place;
  Sleeper sleeper;
  place.write_owner(to_text(sleeper.record), 50);
  try {
    const JobOwnership own(place.directory, RunToken{5}, place.notices(), place.observation);
    FAIL("the job is held");
  } catch (const JobHeld& held) {
    const std::string words = held.what();
    CAPTURE(words);
    CHECK(words.find(owner_words(sleeper.record)) != std::string::npos);
    CHECK(words.find("can be taken over in") != std::string::npos);
  }
  CHECK(owner_record_from(OwnerFile::read(place.directory)->text) == sleeper.record);

  SECTION("then it may wake up") {
    place.write_owner(to_text(sleeper.record), 121);
    JobOwnership own(place.directory, RunToken{5}, place.notices(), place.observation);
    REQUIRE(own.former());
    CHECK(own.former()->may_live);
    CHECK(own.former()->record == sleeper.record);
    CHECK(owner_record_from(OwnerFile::read(place.directory)->text)->former_may_live);
  }
  SECTION("when it dies, others need not wait") {
    sleeper.end();
    JobOwnership own(place.directory, RunToken{5}, place.notices(), place.observation);
    REQUIRE(own.former());
    CHECK_FALSE(own.former()->may_live);
  }
  SECTION("when it dies that took over from one that may wake up, that one may still") {
    sleeper.record.former_may_live = true;
    place.write_owner(to_text(sleeper.record));
    sleeper.end();
    JobOwnership own(place.directory, RunToken{5}, place.notices(), place.observation);
    REQUIRE(own.former());
    CHECK(own.former()->may_live);
    CHECK(owner_record_from(OwnerFile::read(place.directory)->text)->former_may_live);
  }
}

TEST_CASE("a live owner that sees the job directory on another file system is not robbed") {
  OwnershipFixture place;
  OwnerRecord owner = record_of_this_process(RunToken{99}, local_disk(place.directory.fd()));
  owner.boot_id = "another machine";
  if (!owner.disk.empty()) {
    // It was this machine, before it started again.
    place.write_owner(to_text(owner));
    const JobOwnership own(place.directory, RunToken{5}, place.notices(), place.observation);
    CHECK_FALSE(own.former_may_live());
  }
  owner.disk = "";
  place.write_owner(to_text(owner));
  CHECK(job_holder(place.directory));
  CHECK_THROWS_AS(JobOwnership(place.directory, RunToken{5}, place.notices(), place.observation), JobHeld);
}

TEST_CASE("an owner's file from the future holds the job, and the message says what to do") {
  OwnershipFixture place;
  const Sleeper sleeper;
  place.write_owner(to_text(sleeper.record), -365L * 24 * 3600);
  try {
    const JobOwnership own(place.directory, RunToken{5}, place.notices(), place.observation);
    FAIL("the job is held");
  } catch (const JobHeld& held) {
    const std::string words = held.what();
    CAPTURE(words);
    CHECK(words.find("lies in the future: remove the file owner there") != std::string::npos);
    CHECK(words.find("taken over in") == std::string::npos);
  }
}

TEST_CASE("a run that took the job and could not see it finds its own file, and goes on") {
  OwnershipFixture place;
  OwnerRecord record = record_of_this_process(RunToken{5}, local_disk(place.directory.fd()));
  record.former_may_live = GENERATE(false, true);
  place.write_owner(to_text(record), 30);
  {
    JobOwnership own(place.directory, RunToken{5}, place.notices(), place.observation);
    CHECK_NOTHROW(own.require());
    CHECK(own.former_may_live() == record.former_may_live);
    own.release();
  }
  CHECK(place.directory.names() == std::vector<std::string>{"lock"});
  place.write_owner(to_text(record), 30);
  CHECK_THROWS_AS(JobOwnership(place.directory, RunToken{6}, place.notices(), place.observation),
                  JobHeld);  // another run's
}

TEST_CASE("a process that has the journal open without an owner's file may live") {
  OwnershipFixture place;
  const bool is_unclosed = GENERATE(false, true);
  {
    const JobOwnership own(place.directory, RunToken{5}, place.notices(), place.observation, is_unclosed);
    CHECK(own.former_may_live() == is_unclosed);
    CHECK_FALSE(own.former());
    CHECK(owner_record_from(OwnerFile::read(place.directory)->text)->former_may_live == is_unclosed);
  }
}

TEST_CASE("an owner's file that nobody wrote is taken over") {
  OwnershipFixture place;
  for (const char* const text : {"", "\xff\xff", "{\"schema\": 1}"}) {
    place.write_owner(text, 121);
    JobOwnership own(place.directory, RunToken{5}, place.notices(), place.observation);
    REQUIRE(own.former());
    CHECK_FALSE(own.former()->record);
  }
}

TEST_CASE("an owner that has lost the job says so, and removes nothing of the next one") {
  OwnershipFixture place;
  const Sleeper sleeper;
  {
    JobOwnership own(place.directory, RunToken{5}, place.notices(), place.observation);
    SECTION("taken over") {
      place.write_owner(to_text(sleeper.record));
      CHECK_NOTHROW(own.require(std::chrono::hours(1)));
      try {
        own.require();
        FAIL("the job is lost");
      } catch (const OwnershipLost& lost) {
        CHECK(std::string(lost.what()).find("(" + owner_words(sleeper.record) + ") has it now") !=
              std::string::npos);
      }
    }
    SECTION("removed") {
      REQUIRE(::unlinkat(place.directory.fd(), "owner", 0) == 0);
      try {
        own.require();
        FAIL("the job is lost");
      } catch (const OwnershipLost& lost) {
        CHECK(std::string(lost.what()).find("owner's file was removed, or ") != std::string::npos);
      }
      place.write_owner(to_text(sleeper.record));
    }
    CHECK(place.losses == 1);
    CHECK_THROWS_AS(own.require(std::chrono::hours(1)), OwnershipLost);
    CHECK_THROWS_WITH(own.require_not_lost(), own.why_lost());
    CHECK(place.losses == 1);
  }
  CHECK(owner_record_from(OwnerFile::read(place.directory)->text) == sleeper.record);
}

TEST_CASE("an owner that was not seen for too long is looked at again before it loses the job") {
  OwnershipFixture place;
  const Sleeper sleeper;
  place.write_owner(to_text(sleeper.record), 200);
  OwnerObservation observation{std::chrono::nanoseconds(1)};
  const auto take = [&] {
    const JobOwnership own(place.directory, RunToken{5}, place.notices(), observation);
  };
  try {
    take();
    FAIL("it was seen once only");
  } catch (const OwnerInDoubt& doubt) {
    CHECK(doubt.pause() == std::chrono::nanoseconds(1));
    CHECK(std::string(doubt.what()).find("(" + owner_words(sleeper.record) + ") was running the job in ") !=
          std::string::npos);
  }
  CHECK(owner_record_from(OwnerFile::read(place.directory)->text) == sleeper.record);
  SECTION("it was touched meanwhile, by whatever clock") {
    place.write_owner(to_text(sleeper.record), 150);
    CHECK_THROWS_AS(take(), OwnerInDoubt);
    CHECK_NOTHROW(take());
  }
  SECTION("another one has the job meanwhile") {
    OwnerRecord other = sleeper.record;
    other.token = RunToken{7};
    place.write_owner(to_text(other), 200);
    CHECK_THROWS_AS(take(), OwnerInDoubt);
  }
  SECTION("nothing has happened") {
    CHECK_NOTHROW(take());
  }
}

TEST_CASE("once the job is released, nobody may change anything in it") {
  OwnershipFixture place;
  auto own = std::make_shared<JobOwnership>(place.directory, RunToken{5}, place.notices(), place.observation);
  place.directory.ask_before_changes(while_owned(own));
  const JobDirectory copy = place.directory;
  AtomicFile late(copy, "status.json", 0644);
  REQUIRE_NOTHROW(copy.require_may_change());
  SECTION("released") {
    own->release();
  }
  SECTION("left") {
    own->leave();
  }
  SECTION("destroyed") {
    own.reset();
  }
  CHECK_THROWS_AS(copy.require_may_change(), OwnershipLost);
  CHECK_THROWS_AS(copy.require_may_change(std::chrono::hours(1)), OwnershipLost);
  CHECK_THROWS_AS(late.commit(), OwnershipLost);
  CHECK_FALSE(copy.remove("lock"));
  CHECK(copy.names() == std::vector<std::string>{"lock", "status.json.tmp"});
  CHECK(place.losses == 0);
}

TEST_CASE("who leaves the job without closing the journal leaves what is known of the owner before") {
  OwnershipFixture place;
  const Sleeper sleeper;
  place.write_owner(to_text(sleeper.record), 200);
  const std::int64_t seen_ns = OwnerFile::read(place.directory)->touched_ns;
  {
    const JobOwnership own(place.directory, RunToken{5}, place.notices(), place.observation);
    CHECK(OwnerFile::read(place.directory)->touched_ns > seen_ns);
  }
  JobOwnership next(place.directory, RunToken{6}, place.notices(), place.observation);
  REQUIRE(next.former());
  CHECK(next.former()->may_live);
  CHECK(next.former()->last_seen_ns == seen_ns);
  next.release();
  CHECK(place.directory.names() == std::vector<std::string>{"lock"});
}

}  // namespace
}  // namespace wm
