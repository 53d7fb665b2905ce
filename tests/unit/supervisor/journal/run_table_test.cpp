#include "supervisor/journal/run_table.h"

#include <cstdint>
#include <set>
#include <string>

#include <fmt/format.h>

#include "supervisor/journal/sample_series.h"
#include "supervisor/journal/schema.h"
#include "tests/support/catch.h"

namespace wm {
namespace {

struct RunTableFixture {
  sqlite::Database database{":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE};

  RunTableFixture() { database.run(journal_schema().c_str()); }
  std::int64_t number(const std::string& query) { return database.integer(query.c_str()); }
};

const RunInfo table_run_info{.token = RunToken{5}, .command = "wm-supervisor in", .output_directory = "/out"};

RunCounts counts(double elapsed_s, std::uint64_t marked) {
  return {.elapsed_s = elapsed_s,
          .ledger = {.inputs = 100, .marked = marked, .failed = 2, .ignored = 7},
          .workers = 3,
          .restarts = 1,
          .retries = 4,
          .crashes = 5,
          .input_bytes = 1000,
          .output_bytes = 2000};
}

TEST_CASE("a run that ends leaves its figures and why it ended") {
  RunTableFixture f;
  RunTable table(f.database);
  CHECK(table.begin_run(table_run_info, std::nullopt) == 1);
  CHECK(f.number("SELECT count(*) FROM run WHERE elapsed_ms IS NULL AND ended IS NULL AND reason IS NULL AND "
                 "rebuild IS NULL AND output_directory = CAST('/out' AS BLOB)") == 1);
  table.end_run({counts(12.3456, 90), 130, "stopped\nby SIGINT", 11, 12, 13});
  CHECK(f.number("SELECT elapsed_ms FROM run") == 12'346);
  CHECK(f.number("SELECT inputs + 1000 * marked + 100000 * failed + 1000000 * pending FROM run") ==
        8'290'100);
  CHECK(f.number("SELECT workers = 3 AND restarts = 1 AND retries = 4 AND crashes = 5 AND input_bytes = 1000 "
                 "AND output_bytes = 2000 AND ignored = 7 AND exit_code = 130 FROM run") == 1);
  CHECK(f.number(
            "SELECT unreadable_directories = 11 AND damaged = 12 AND links_not_followed = 13 FROM run") == 1);
  CHECK(f.number("SELECT reason = 'stopped\\nby SIGINT' AND ended >= started FROM run") == 1);
}

TEST_CASE("a run of a shard says which one, and what it saw of the others") {
  RunTableFixture f;
  RunTable table(f.database);
  RunInfo of_shard = table_run_info;
  of_shard.shard = Shard{.index = 3, .count = 64};
  of_shard.job_id = "ab";
  CHECK(table.begin_run(table_run_info, std::nullopt) == 1);
  table.end_run({counts(1, 1), 0, "", 0, 0, 0});
  CHECK(f.number("SELECT shard IS NULL AND shards IS NULL AND other_shards IS NULL AND whole IS NULL AND "
                 "job IS NULL AND own_digest IS NULL AND whole_digest IS NULL AND not_inputs IS NULL AND "
                 "length(recipe_hash) = 16 FROM run WHERE id = 1") == 1);
  CHECK(table.begin_run(of_shard, std::nullopt) == 2);
  CHECK(f.number("SELECT shard = 3 AND shards = 64 AND other_shards IS NULL FROM run WHERE id = 2") == 1);
  table.end_run({counts(1, 1), 0, "", 0, 0, 0,
                 ShardReport{.shard = *of_shard.shard,
                             .other_shards = 90,
                             .whole = 100,
                             .own_digest = UINT64_MAX,
                             .whole_digest = 8,
                             .not_inputs = 9}});
  CHECK(f.number("SELECT other_shards = 90 AND whole = 100 AND own_digest = -1 AND whole_digest = 8 AND "
                 "not_inputs = 9 AND job = 'ab' FROM run WHERE id = 2") == 1);
  CHECK(table.begin_run(of_shard, std::nullopt) == 3);
  table.end_run({counts(1, 1), 130, "", 0, 0, 0,
                 ShardReport{.shard = *of_shard.shard, .other_shards = 7, .whole = {}}});
  CHECK(f.number(
            "SELECT other_shards = 7 AND whole IS NULL AND whole_digest IS NULL FROM run WHERE id = 3") == 1);
}

TEST_CASE("the job knows when its first run began and when one last succeeded") {
  RunTableFixture f;
  CHECK(RunTable::times(f.database).first_start_s == 0);
  CHECK(RunTable::times(f.database).last_success_s == 0);
  RunTable table(f.database);
  for (const int exit_code : {1, 0, 3}) {
    const std::int64_t run = table.begin_run(table_run_info, std::nullopt);
    table.end_run({counts(1, 1), exit_code, "", 0, 0, 0});
    f.database.run(fmt::format("UPDATE run SET started = '2026-01-0{0}T00:00:00.000Z', "
                               "ended = '2026-01-0{0}T01:00:00.000Z' WHERE id = {0}",
                               run)
                       .c_str());
  }
  CHECK(RunTable::times(f.database).first_start_s == 1'767'225'600);
  CHECK(RunTable::times(f.database).last_success_s == 1'767'225'600 + 25 * 3600);
}

TEST_CASE("the figures of a run that died are those of its last sample") {
  RunTableFixture f;
  {
    RunTable table(f.database);
    static_cast<void>(table.begin_run(table_run_info, std::nullopt));
    table.record_sample({.sample = {counts(1, 10), 64}});
    table.record_sample({.sample = {counts(3, 30), 65}});
  }
  RunTable table(f.database);
  CHECK(table.begin_run(table_run_info, std::nullopt) == 2);
  CHECK(
      f.number("SELECT elapsed_ms = 3000 AND marked = 30 AND pending = 68 AND workers = 3 AND output_bytes = "
               "2000 AND ended IS NULL AND exit_code IS NULL FROM run WHERE id = 1") == 1);
  CHECK(f.number("SELECT elapsed_ms IS NULL FROM run WHERE id = 2") == 1);
  CHECK(f.number("SELECT resident_bytes FROM run_sample WHERE elapsed_ms = 3000") == 65);
}

TEST_CASE("dead runs are those before that did not end") {
  RunTableFixture f;
  RunTable table(f.database);
  const auto begin = [&](RunToken token) {
    RunInfo run = table_run_info;
    run.token = token;
    return table.begin_run(run, std::nullopt);
  };
  CHECK(begin(RunToken{UINT64_MAX}) == 1);
  CHECK(begin(RunToken{6}) == 2);
  table.end_run({counts(1, 1), 0, "", 0, 0, 0});
  const std::int64_t own = begin(RunToken{7});
  CHECK(RunTable::dead_before(f.database, own) == std::set<RunToken>{RunToken{UINT64_MAX}});
}

TEST_CASE("no sample keeps the next run from beginning") {
  RunTableFixture f;
  for (const char* const inputs : {"-9223372036854775807", "9223372036854775807", "-1"}) {
    for (const char* const marked : {"9223372036854775807", "-9223372036854775808"}) {
      CAPTURE(inputs, marked);
      f.database.run("DELETE FROM run; DELETE FROM run_sample");
      RunTable table(f.database);
      static_cast<void>(table.begin_run(table_run_info, std::nullopt));
      f.database.run(
          fmt::format("INSERT INTO run_sample VALUES (1, 5, {0}, {1}, {1}, {1}, {1}, {1}, {1}, {1}, "
                      "{1}, {1}, {1}, {1}, {1}, {1})",
                      inputs, marked)
              .c_str());
      CHECK(table.begin_run(table_run_info, std::nullopt) == 2);
      CHECK(f.number("SELECT elapsed_ms FROM run WHERE id = 1") == 5);
    }
  }
}

TEST_CASE("a sample replaces that of the same time, and drops others; histograms are replaced") {
  RunTableFixture f;
  RunTable table(f.database);
  static_cast<void>(table.begin_run(table_run_info, std::nullopt));
  StageHistograms stages;
  stages[0].add(1'000'000);
  stages[3].add(5);
  table.record_sample({.sample = {counts(1, 10)}, .dropped = {}, .stages = buckets_of(stages)});
  stages[0].add(1'000'001);
  stages[0].add(2'000'000);
  table.record_sample({.sample = {counts(2, 20)}, .dropped = {}, .stages = {}});
  table.record_sample({.sample = {counts(2, 21)}, .dropped = {1000}, .stages = buckets_of(stages)});
  CHECK(f.number("SELECT count(*) FROM run_sample") == 1);
  CHECK(f.number("SELECT marked FROM run_sample") == 21);
  CHECK(f.number("SELECT count(*) FROM run_stage") == 3);
  CHECK(f.number("SELECT sum(count) FROM run_stage WHERE stage = 'decode'") == 3);
  CHECK(f.number("SELECT sum(total_ns) FROM run_stage WHERE stage = 'decode'") == 4'000'001);
  CHECK(f.number("SELECT from_ns FROM run_stage WHERE stage = 'publish'") == 5);
  CHECK(f.number("SELECT count(*) FROM run_stage WHERE from_ns > total_ns / count") == 0);
}

TEST_CASE("however many runs a job has, their samples and histograms stay few") {
  RunTableFixture f;
  StageHistograms stages;
  stages[1].add(7);
  for (int run = 1; run <= 120; ++run) {
    RunTable table(f.database);
    REQUIRE(table.begin_run(table_run_info, std::nullopt) == run);
    CHECK(f.number("SELECT count(*) FROM run_sample") <= static_cast<int>(most_earlier_samples));
    for (int second = 0; second < 100; ++second) table.record_sample({.sample = {counts(second, 1)}});
    table.record_sample({.sample = {counts(100, 1)}, .dropped = {}, .stages = buckets_of(stages)});
    if (run % 2 == 0) table.end_run({counts(100, 99), 0});
  }
  CHECK(f.number("SELECT count(DISTINCT run) FROM run_sample") == 120);
  CHECK(f.number("SELECT count(*) FROM run_sample WHERE run = 119 AND elapsed_ms = 100000") == 1);
  CHECK(f.number("SELECT count(*) FROM run_stage") == 51);
  CHECK(f.number("SELECT min(run) FROM run_stage") == 70);
  CHECK(f.number("SELECT count(*) FROM run WHERE elapsed_ms = 100000") == 119 + 1);
}

}  // namespace
}  // namespace wm
