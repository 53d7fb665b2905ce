#include "supervisor/report/merged/merged_report.h"

#include <filesystem>
#include <string>

#include "supervisor/ownership/owner_record.h"
#include "supervisor/report/merged/merged_text.h"
#include "supervisor/report/merged/merged_words.h"
#include "supervisor/report/merged/shard_reader.h"
#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/files_left.h"
#include "tests/support/shard_journals.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

/// The only shard of a job, which has finished.
struct OneShard {
  TempDir dir;
  std::string job = dir.path() + "/job";
  std::string shard = job + "/shard-0001-of-0001";

  OneShard() { make_shard_journals(job, {.shards = 1, .inputs = 5, .failing_each = 0}); }
  [[nodiscard]] ReadShard read(const InputVisitor& visit = [](const auto&, const auto&) {}) const {
    return read_shard(JobDirectory::create(job), {.index = 1, .count = 1}, {}, visit);
  }
};

TEST_CASE("what was read of a shard is worthless if a run has begun meanwhile") {
  const OneShard job;
  REQUIRE(job.read().shard.state == ShardState::finished);
  std::string begun;
  std::string reason;
  SECTION("which has written the journal") {
    begun = job.shard + "/job.db-wal";
    reason = "a run began while it was read";
  }
  SECTION("which has the job") {
    begun = job.shard + "/owner";
    reason = "a supervisor on ";
  }
  const ReadShard result = job.read([&](const InputHistory&, const JobReport&) {
    write_file(begun, to_text(record_of_this_process(RunToken{1})));
  });
  CAPTURE(result.shard.reason);
  CHECK(result.shard.state == ShardState::running);
  CHECK(result.shard.reason.starts_with(reason));
  CHECK_FALSE(result.counts);
  CHECK(result.shard.ledger.inputs == 0);
}

TEST_CASE("a shard whose files cannot be opened is unreadable, not missing or damaged") {
#if defined(WM_ADDRESS_SANITIZER)
  skip("without descriptors UndefinedBehaviorSanitizer takes every exception for one of a wrong type");
#endif
  const OneShard job;
  write_file(job.shard + "/lock", "");
  const JobDirectory directory = JobDirectory::create(job.job);
  unsigned count = 0;
  for (;; ++count) {
    ReadShard result;
    {
      const FilesLeft left(count);
      result = read_shard(directory, {.index = 1, .count = 1}, {}, [](const auto&, const auto&) {});
    }
    CAPTURE(count, result.shard.reason);
    if (result.shard.state == ShardState::finished) break;
    CHECK(result.shard.state == ShardState::unreadable);
    CHECK_FALSE(result.counts);
    REQUIRE(count < 50);
  }
  CHECK(count >= 2);
}

TEST_CASE("of a million shards, those that are missing are kept as gaps") {
  const TempDir dir;
  const JobDirectory directory = JobDirectory::create(dir.path() + "/job");
  for (const char* const name :
       {"shard-0010000-of-1000000", "shard-0009999-of-1000000", "shard-0003-of-0004"})
    fs::create_directory(directory.path() + "/" + name);
  ShardedJob job;
  job.shards = most_shards;
  job.version = WM_VERSION;
  const MergedReport report = merge_shards(
      directory, job, find_shards(directory, job), {}, [](const auto&, const auto&) {}, [](bool) {});
  REQUIRE(report.shards.size() == 2);
  CHECK(report.shards[0].index == 9999);
  CHECK(report.strays == std::vector<std::string>{"shard-0003-of-0004"});
  CHECK(state_words(report) == "1000000 missing");
  CHECK(report.closing.run_again.text() == "1-1000000");
  std::uint32_t last = 0;
  for_each_shard(report, [&](const MergedShard& shard) {
    if (shard.index != last + 1 || shard.state != ShardState::missing) FAIL(shard.index);
    last = shard.index;
  });
  CHECK(last == most_shards);
  const std::string text = merged_report_text(report);
  CHECK(text.find("\n      1  missing      no run of it has begun\n") != std::string::npos);
  CHECK(text.find("\n         and 999980 others\n") != std::string::npos);
}

}  // namespace
}  // namespace wm::test
