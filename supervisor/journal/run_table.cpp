#include "supervisor/journal/run_table.h"

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "common/job/recipe_text.h"
#include "common/os/realtime.h"
#include "supervisor/journal/sample_series.h"
#include "supervisor/text/absolute_path.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/utc_time.h"

namespace wm {
namespace {

/// How many runs keep their histograms.
constexpr std::int64_t runs_with_stages = 50;

std::int64_t milliseconds(double seconds) {
  return std::llround(seconds * 1e3);
}

std::int64_t signed_of(std::uint64_t count) {
  return static_cast<std::int64_t>(count);
}

/// These columns, with counts of which some can be added up in an integer. Whatever somebody has written
/// there, it must not keep a run from beginning.
std::string credible(std::initializer_list<std::string_view> columns) {
  std::string text;
  for (const std::string_view column : columns)
    text += fmt::format("{}min(max({}, 0), 1 << 53) AS {}", text.empty() ? "" : ", ", column, column);
  return text;
}

/// By its text; "" when the current directory is gone.
std::string absolute(const std::string& path) {
  std::error_code error;
  const std::string here = std::filesystem::current_path(error).string();
  return !path.starts_with('/') && error ? std::string{} : absolute_path(here, path).path;
}

}  // namespace

std::vector<StageBucket> buckets_of(const StageHistograms& stages) {
  std::vector<StageBucket> buckets;
  for (std::size_t i = 0; i < stage_count; ++i) {
    stages[i].for_each_bucket([&](const LatencyHistogram::Bucket& bucket) {
      buckets.push_back({static_cast<Stage>(i), bucket});
    });
  }
  return buckets;
}

struct RunTable::Statements {
  explicit Statements(const sqlite::Database& db)
      : insert(db,
               "INSERT INTO run (started, pid, boot_id, command, recipe, token, rebuild, output_directory, "
               "recipe_hash, shard, shards, job) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"),
        adopt(
            db,
            "UPDATE run SET (elapsed_ms, inputs, marked, unmarked, up_to_date, failed, quarantined, pending, "
            "ignored, workers, restarts, retries, crashes, input_bytes, output_bytes) = "
            "(s.elapsed_ms, s.inputs, s.marked, s.unmarked, s.up_to_date, s.failed, s.quarantined, "
            "s.inputs - s.marked - s.unmarked - s.up_to_date - s.failed - s.quarantined, s.ignored, "
            "s.workers, "
            "s.restarts, s.retries, s.crashes, s.input_bytes, s.output_bytes) "
            "FROM (SELECT run, max(elapsed_ms) AS elapsed_ms, " +
                credible({"inputs", "marked", "unmarked", "up_to_date", "failed", "quarantined", "ignored",
                          "workers", "restarts", "retries", "crashes", "input_bytes", "output_bytes"}) +
                " FROM run_sample GROUP BY run) s "
                "WHERE s.run = run.id AND run.ended IS NULL AND run.elapsed_ms IS NULL"),
        counts(db, "SELECT run, count(*) FROM run_sample GROUP BY run"),
        times(db, "SELECT elapsed_ms FROM run_sample WHERE run = ?1 ORDER BY elapsed_ms DESC"),
        drop(db, "DELETE FROM run_sample WHERE run = ?1 AND elapsed_ms = ?2"),
        drop_stages(db,
                    "DELETE FROM run_stage WHERE run < (SELECT min(run) FROM (SELECT DISTINCT run FROM "
                    "run_stage ORDER BY run DESC LIMIT ?1))"),
        sample(db,
               "INSERT OR REPLACE INTO run_sample (run, elapsed_ms, inputs, marked, unmarked, up_to_date, "
               "failed, "
               "quarantined, ignored, workers, restarts, retries, crashes, input_bytes, output_bytes, "
               "resident_bytes) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16)"),
        stage(db,
              "INSERT OR REPLACE INTO run_stage (run, stage, from_ns, count, total_ns) VALUES "
              "(?1,?2,?3,?4,?5)"),
        end(db,
            "UPDATE run SET elapsed_ms = ?2, inputs = ?3, marked = ?4, unmarked = ?5, up_to_date = ?6, "
            "failed = ?7, quarantined = ?8, ignored = ?9, workers = ?10, restarts = ?11, retries = ?12, "
            "crashes = ?13, input_bytes = ?14, output_bytes = ?15, pending = ?16, ended = ?17, exit_code = "
            "?18, "
            "reason = ?19, unreadable_directories = ?20, damaged = ?21, links_not_followed = ?22, "
            "other_shards = ?23, whole = ?24, own_digest = ?25, whole_digest = ?26, not_inputs = ?27 "
            "WHERE id = ?1") {}

  sqlite::Statement insert, adopt, counts, times, drop, drop_stages, sample, stage, end;
};

namespace {

/// Binds 1 to 15.
void bind_counts(sqlite::Statement& statement, std::int64_t run, const RunCounts& counts) {
  const Ledger& ledger = counts.ledger;
  statement.bind(1, run).bind(2, milliseconds(counts.elapsed_s));
  int position = 3;
  for (const std::uint64_t count :
       {ledger.inputs, ledger.marked, ledger.unmarked, ledger.up_to_date, ledger.failed, ledger.quarantined,
        ledger.ignored, std::uint64_t{counts.workers}, counts.restarts, counts.retries, counts.crashes,
        counts.input_bytes, counts.output_bytes}) {
    statement.bind(position++, signed_of(count));
  }
}

/// Binds 23 to 27.
void bind_shard(sqlite::Statement& end, const std::optional<ShardReport>& saw) {
  saw ? end.bind(23, signed_of(saw->other_shards)) : end.bind_null(23);
  saw && saw->whole ? end.bind(24, signed_of(*saw->whole)) : end.bind_null(24);
  saw ? end.bind(25, signed_of(saw->own_digest)) : end.bind_null(25);
  saw && saw->whole ? end.bind(26, signed_of(saw->whole_digest)) : end.bind_null(26);
  saw ? end.bind(27, signed_of(saw->not_inputs)) : end.bind_null(27);
}

}  // namespace

RunTable::RunTable(const sqlite::Database& database)
    : handle_(database.handle()), statements_(std::make_unique<Statements>(database)) {}
RunTable::RunTable(RunTable&&) noexcept = default;
RunTable::~RunTable() = default;

std::int64_t RunTable::begin_run(const RunInfo& info, const std::optional<RecipeHash>& rebuilt) {
  statements_->adopt.execute();
  thin_out_samples();
  statements_->drop_stages.bind(1, runs_with_stages).execute();

  const std::string started = utc_time(realtime_ns());
  const std::string recipe = to_text(info.recipe);
  const RecipeHash recipe_hash = hash(info.recipe);
  const std::string output = absolute(info.output_directory);
  sqlite::Statement& insert = statements_->insert;
  insert.bind_text(1, started).bind(2, ::getpid()).bind_text(3, info.machine.boot_id);
  insert.bind_text(4, info.command).bind_text(5, recipe).bind(6, static_cast<std::int64_t>(info.token));
  rebuilt ? insert.bind_blob(7, std::span<const std::byte>(*rebuilt)) : insert.bind_null(7);
  output.empty() ? insert.bind_null(8) : insert.bind_blob(8, output);
  insert.bind_blob(9, std::span<const std::byte>(recipe_hash));
  info.shard ? insert.bind(10, info.shard->index).bind(11, info.shard->count)
             : insert.bind_null(10).bind_null(11);
  info.job_id.empty() ? insert.bind_null(12) : insert.bind_text(12, info.job_id);
  insert.execute();
  run_ = ::sqlite3_last_insert_rowid(handle_);
  return run_;
}

void RunTable::thin_out_samples() {
  std::vector<SampleCount> runs;
  while (statements_->counts.step()) {
    runs.push_back({.run = statements_->counts.integer(0),
                    .samples = static_cast<std::size_t>(statements_->counts.integer(1))});
  }
  statements_->counts.reset();
  for (const auto& [run, keep_every] : thin_out(runs, most_earlier_samples)) {
    std::vector<std::int64_t> dropped;
    statements_->times.bind(1, run);
    for (std::size_t from_end = 0; statements_->times.step(); ++from_end) {
      if (keep_every == 0 || from_end % keep_every != 0) dropped.push_back(statements_->times.integer(0));
    }
    statements_->times.reset();
    for (const std::int64_t time : dropped) statements_->drop.bind(1, run).bind(2, time).execute();
  }
}

void RunTable::record_sample(const SampleEntry& entry) {
  for (const std::int64_t time : entry.dropped) statements_->drop.bind(1, run_).bind(2, time).execute();
  bind_counts(statements_->sample, run_, entry.sample);
  statements_->sample.bind(16, signed_of(entry.sample.resident_bytes)).execute();
  if (!entry.stages) return;
  for (const auto& [stage, bucket] : *entry.stages) {
    statements_->stage.bind(1, run_).bind_text(2, name(stage)).bind(3, signed_of(bucket.from));
    statements_->stage.bind(4, signed_of(bucket.count)).bind(5, signed_of(bucket.total)).execute();
  }
}

void RunTable::end_run(const RunEnd& run) {
  const std::string ended = utc_time(realtime_ns());
  const std::string reason = one_line(run.reason);
  sqlite::Statement& end = statements_->end;
  bind_counts(end, run_, run);
  end.bind(16, signed_of(run.ledger.pending())).bind_text(17, ended).bind(18, run.exit_code);
  reason.empty() ? end.bind_null(19) : end.bind_text(19, reason);
  end.bind(20, signed_of(run.unreadable_directories)).bind(21, signed_of(run.damaged));
  end.bind(22, signed_of(run.links_not_followed));
  bind_shard(end, run.shard);
  end.execute();
}

RunTimes RunTable::times(const sqlite::Database& database) {
  sqlite::Statement times(
      database,
      "SELECT coalesce(CAST(strftime('%s', min(started)) AS INTEGER), 0), "
      "coalesce(CAST(strftime('%s', max(ended) FILTER (WHERE exit_code = 0)) AS INTEGER), 0) "
      "FROM run");
  if (!times.step()) return {};
  return {.first_start_s = times.integer(0), .last_success_s = times.integer(1)};
}

std::set<RunToken> RunTable::dead_before(const sqlite::Database& database, std::int64_t run) {
  sqlite::Statement dead(database, "SELECT token FROM run WHERE ended IS NULL AND id < ?1");
  dead.bind(1, run);
  std::set<RunToken> tokens;
  while (dead.step()) tokens.insert(static_cast<RunToken>(dead.integer(0)));
  return tokens;
}

}  // namespace wm
