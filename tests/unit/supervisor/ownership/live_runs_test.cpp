#include "supervisor/ownership/live_runs.h"

#include <unistd.h>

#include <fstream>
#include <string>

#include "supervisor/ownership/owner_file.h"
#include "supervisor/ownership/owner_record.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

constexpr RunToken own_run{1}, other_run{2}, dead_run{3}, unknown_run{4};

struct Shards {
  TempDir temp;
  JobDirectory whole = JobDirectory::create(temp.path() + "/job");
  JobDirectory own = whole.make_subdirectory("shard-0001-of-0003");
  LiveRuns runs{whole.path(), own};

  Shards() {
    write("shard-0001-of-0003", record_of_this_process(own_run));
    write("shard-0002-of-0003", record_of_this_process(other_run));
    OwnerRecord dead = record_of_this_process(dead_run);
    ++dead.started;
    write("shard-0003-of-0003", dead);
  }
  void write(const std::string& shard, const OwnerRecord& owner) const {
    std::ofstream(whole.make_subdirectory(shard).path_of("owner")) << to_text(owner);
  }
};

TEST_CASE("runs of the job's other shards may be alive, until their owners are gone") {
  Shards shards;
  CHECK(shards.runs.may_be_alive(other_run));
  CHECK_FALSE(shards.runs.may_be_alive(dead_run));
  CHECK_FALSE(shards.runs.may_be_alive(unknown_run));
  SECTION("one that has begun since") {
    shards.write("shard-0003-of-0003", record_of_this_process(RunToken{5}));
    CHECK(shards.runs.may_be_alive(RunToken{5}));
  }
  SECTION("what cannot be read counts as alive") {
    REQUIRE(::symlinkat("nowhere", shards.whole.fd(), "shard-0004-of-0003") == 0);
    CHECK(shards.runs.may_be_alive(RunToken{5}));
  }
  SECTION("a job without shards knows of no others") {
    CHECK_FALSE(LiveRuns("", shards.own).may_be_alive(other_run));
  }
}

}  // namespace
}  // namespace wm
