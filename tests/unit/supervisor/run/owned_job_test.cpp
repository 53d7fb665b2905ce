#include "supervisor/run/owned_job.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <ctime>
#include <fstream>
#include <string>

#include "supervisor/ownership/local_locks.h"
#include "supervisor/ownership/owner_record.h"
#include "supervisor/text/usage_error.h"
#include "tests/support/catch.h"
#include "tests/support/pipe_as_stderr.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

struct PlaceOfJob {
  TempDir temp;
  JobSettings settings;
  MappedSegment segment = MappedSegment::create({.workers = 1, .slots = 1, .ring_bytes = 4096});

  PlaceOfJob() {
    settings.output = temp.path();
    settings.job_directory = temp.path() + "/job";
    settings.log.file = "-";
  }
  [[nodiscard]] std::string owner() const { return settings.job_directory + "/owner"; }
  /// As of another machine, last touched so long ago.
  void write_owner(std::int64_t age_s) const {
    const JobDirectory directory = JobDirectory::create(settings.job_directory);
    OwnerRecord record = record_of_this_process(RunToken{99});
    record.boot_id = "another machine";
    record.disk = "";
    std::ofstream(owner()) << to_text(record);
    const std::array<timespec, 2> times{timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
                                        timespec{.tv_sec = ::time(nullptr) - age_s, .tv_nsec = 0}};
    REQUIRE(::utimensat(AT_FDCWD, owner().c_str(), times.data(), 0) == 0);
  }
};

TEST_CASE("touches count only where others may take the job over from a process that hangs") {
  const PlaceOfJob place;
  OwnedJob owned(place.settings, place.segment);
  REQUIRE(owned.take(RunToken{5}, RunState::Clock::now()));
  CHECK(place.segment.header().owned_until_ns > 0);
  CHECK((owned.touches() > 0) != locks_are_seen_by_all(owned.directory()->fd()));
}

TEST_CASE("why a job was lost can be asked for") {
  const PlaceOfJob place;
  OwnedJob owned(place.settings, place.segment);
  REQUIRE(owned.take(RunToken{5}, RunState::Clock::now()));
  CHECK(owned.why_lost().empty());
  REQUIRE(::unlink(place.owner().c_str()) == 0);
  CHECK_THROWS_AS(owned.directory()->require_may_change(), OwnershipLost);
  CHECK(owned.why_lost().find("owner's file was removed, or ") != std::string::npos);
}

TEST_CASE("who doubts that an owner lives goes on looking, and waits for one that shows again") {
  PlaceOfJob place;
  place.settings.run.wait_lock = 1h;
  place.write_owner(1000);
  OwnedJob owned(place.settings, place.segment);
  test::PipeAsStderr said;
  const auto began = RunState::Clock::now();
  CHECK_FALSE(owned.take(RunToken{5}, began));
  const std::string doubt = said.read_to("\n");
  CHECK(doubt.find("if it does not show within 25 s, the job is taken over") != std::string::npos);
  CHECK_FALSE(owned.take(RunToken{5}, began + 1s));
  place.write_owner(0);
  CHECK_FALSE(owned.take(RunToken{5}, began + 2s));
  CHECK_FALSE(owned.take(RunToken{5}, began + 4s));
  const std::string waiting = said.read_to("\n");
  CHECK(waiting.find("waiting up to ") != std::string::npos);
  CHECK(waiting.find("is taken over") == std::string::npos);
  CHECK(waiting.find('\n') == waiting.size() - 1);

  place.write_owner(2000);
  CHECK_FALSE(owned.take(RunToken{5}, began + 6s));
  REQUIRE(::unlink(place.owner().c_str()) == 0);
  CHECK(owned.take(RunToken{5}, began + 8s));
}

}  // namespace
}  // namespace wm
