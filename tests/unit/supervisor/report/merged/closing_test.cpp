#include "supervisor/report/merged/closing.h"

#include <vector>

#include "tests/support/catch.h"

namespace wm {
namespace {

/// Three finished shards that have 2, 3 and 5 of 10 files.
std::vector<MergedShard> three_shards() {
  std::vector<MergedShard> shards(3);
  const std::vector<std::uint64_t> own{2, 3, 5};
  for (std::uint32_t i = 0; i < 3; ++i) {
    shards[i].index = i + 1;
    shards[i].state = ShardState::finished;
    shards[i].started = "2026-11-30T10:00:0" + std::to_string(i) + "Z";
    shards[i].recipe_hash = "aa";
    shards[i].saw = ShardReport{.shard = {.index = i + 1, .count = 3},
                                .other_shards = 10 - own[i],
                                .whole = 10,
                                .own_digest = UINT64_MAX - i,
                                .whole_digest = UINT64_MAX - 5,  // their sum, modulo 2^64
                                .job = "id"};
  }
  return shards;
}

LedgerClosing close(std::vector<MergedShard>& shards, bool has_strays = false) {
  ShardedJob job;
  job.shards = 3;
  job.recipe = "aa";
  job.id = "id";
  return close_ledger(job, shards, has_strays);
}

TEST_CASE("a ledger is closed when all shards have finished and hold every file together") {
  auto shards = three_shards();
  const LedgerClosing closing = close(shards);
  CHECK(closing.closing == Closing::closed);
  CHECK(closing.whole == 10);
  CHECK(closing.held == 10);
  CHECK(closing.run_again.empty());
  CHECK(closing.rebuild.empty());
  CHECK_FALSE(closing.has_wrong_sum);
}

TEST_CASE("shards that have not finished run again, and running ones do not") {
  for (const ShardState state : {ShardState::missing, ShardState::died, ShardState::stopped}) {
    auto shards = three_shards();
    shards[1].state = state;
    const LedgerClosing closing = close(shards);
    CHECK(closing.closing == Closing::unfinished);
    CHECK(closing.run_again.text() == "2");
    CHECK(closing.held == 7);
    CHECK(shards[1].state == state);
  }
  for (const ShardState state : {ShardState::running, ShardState::unreadable}) {
    auto shards = three_shards();
    shards[0].state = state;
    const LedgerClosing closing = close(shards);
    CHECK(closing.closing == Closing::unfinished);
    CHECK(closing.run_again.empty());
    CHECK(closing.rebuild.empty());
  }
}

TEST_CASE("shards without a directory are missing") {
  for (std::size_t gone = 0; gone < 3; ++gone) {
    auto shards = three_shards();
    shards.erase(shards.begin() + static_cast<std::ptrdiff_t>(gone));
    const LedgerClosing closing = close(shards);
    CHECK(closing.closing == Closing::unfinished);
    CHECK(closing.run_again.text() == std::to_string(gone + 1));
  }
  std::vector<MergedShard> none;
  CHECK(close(none).closing == Closing::unfinished);
  CHECK(close(none).run_again.text() == "1-3");
}

TEST_CASE("what somebody has to look at is refused") {
  auto shards = three_shards();
  SECTION("a damaged shard") {
    shards[2].state = ShardState::damaged;
    const LedgerClosing closing = close(shards);
    CHECK(closing.closing == Closing::refused);
    CHECK(closing.rebuild.text() == "3");
    CHECK(closing.run_again.empty());
  }
  SECTION("another recipe") {
    shards[2].recipe_hash = "bb";
    CHECK(close(shards).closing == Closing::refused);
    CHECK(shards[2].state == ShardState::another_job);
    CHECK(shards[2].reason.find("another recipe (bb, not aa)") != std::string::npos);
    CHECK(close(shards).run_again.text() == "3");
  }
  SECTION("another job.json") {
    shards[2].saw->job = "di";
    CHECK(close(shards).closing == Closing::refused);
    CHECK(shards[2].state == ShardState::another_job);
    CHECK(shards[2].reason == "its last run belonged to a job with another job.json");
  }
  SECTION("a directory that was another shard's") {
    shards[2].saw->shard = {.index = 3, .count = 4};
    CHECK(close(shards).closing == Closing::refused);
    CHECK(shards[2].reason == "its last run was shard 3/4");
  }
  SECTION("shards of another number of shards") {
    CHECK(close(shards, true).closing == Closing::refused);
  }
}

/// The shard that began last saw one file more than the others.
std::vector<MergedShard> with_one_added() {
  auto shards = three_shards();
  shards[2].saw->whole = 11;
  shards[2].saw->whole_digest = 7;
  shards[2].saw->other_shards = 6;
  return shards;
}

TEST_CASE("shards that saw other files than most are outdated") {
  auto shards = with_one_added();
  SECTION("which is the newest is not clear when most began earlier") {
    const LedgerClosing closing = close(shards);
    CHECK(closing.closing == Closing::unfinished);
    CHECK(closing.is_unclear);
    CHECK(closing.whole == 10);
    CHECK(closing.run_again.text() == "1-3");
    CHECK(shards[2].state == ShardState::outdated);
    CHECK(shards[2].reason == "its last run saw 11 files in the whole job, most saw 10");
    REQUIRE(closing.seen.size() == 2);
    CHECK(closing.seen[0].shards == 2);
    CHECK(closing.seen[1].whole == 11);
  }
  SECTION("most counts if the last one is of them") {
    shards[0].started = "2026-11-30T11:00:00Z";
    const LedgerClosing closing = close(shards);
    CHECK(closing.closing == Closing::unfinished);
    CHECK_FALSE(closing.is_unclear);
    CHECK(closing.run_again.text() == "3");
  }
  SECTION("one that could not read every directory does not count") {
    shards[2].unreadable_directories = 1;
    const LedgerClosing closing = close(shards);
    CHECK_FALSE(closing.is_unclear);
    CHECK(closing.whole == 10);
    CHECK(closing.run_again.text() == "3");
  }
}

TEST_CASE("shards that saw as many files, but not the same, do not close a ledger") {
  auto shards = three_shards();
  SECTION("in the whole job") {
    shards[1].saw->whole_digest = 1;
    const LedgerClosing closing = close(shards);
    CHECK(closing.closing == Closing::unfinished);
    CHECK(shards[1].state == ShardState::outdated);
    CHECK(shards[1].reason == "its last run saw 10 files in the whole job, as most, but not the same ones");
    CHECK(closing.run_again.text() == "2");
  }
  SECTION("of their own") {
    shards[1].saw->own_digest = 1;
    const LedgerClosing closing = close(shards);
    CHECK(closing.closing == Closing::unfinished);
    CHECK(closing.has_wrong_sum);
    CHECK(closing.run_again.text() == "1-3");
  }
  SECTION("of their own, by number") {
    shards[0].saw->other_shards = 9;
    const LedgerClosing closing = close(shards);
    CHECK(closing.has_wrong_sum);
    CHECK(closing.run_again.text() == "1-3");
  }
}

TEST_CASE("a shard that does not say what it saw runs again") {
  auto shards = three_shards();
  shards[0].saw.reset();
  shards[1].saw->whole.reset();
  const LedgerClosing closing = close(shards);
  CHECK(closing.closing == Closing::unfinished);
  CHECK(closing.run_again.text() == "1-2");
  CHECK(shards[0].state == ShardState::outdated);
  CHECK(shards[1].state == ShardState::stopped);
}

TEST_CASE("counts that anybody may have written do not overflow") {
  auto shards = three_shards();
  for (MergedShard& shard : shards) {
    shard.saw->whole = std::uint64_t{1} << 63U;
    shard.saw->other_shards = 0;
  }
  shards[0].saw->other_shards = UINT64_MAX;
  const LedgerClosing closing = close(shards);
  CHECK(closing.held == UINT64_MAX);
  CHECK(closing.closing == Closing::unfinished);
}

}  // namespace
}  // namespace wm
