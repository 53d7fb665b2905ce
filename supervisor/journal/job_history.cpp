#include "supervisor/journal/job_history.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/journal/journal_database.h"
#include "supervisor/journal/journal_files.h"
#include "supervisor/journal/sample_series.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

/// More than any command line has, and so than any value that a run writes.
constexpr int value_bytes_read = 32 << 20;
/// What is left of longer texts; no path of so many bytes can be opened.
constexpr int text_bytes_read = 4096;
constexpr int command_bytes_read = 65536;
constexpr int word_bytes_read = 256;

/// What no count exceeds: sums of some stay far from overflow, and all are exact as numbers of JSON.
constexpr std::int64_t greatest_count = std::int64_t{1} << 53;

/// More than a run writes.
constexpr std::int64_t most_rows_of_run = 8192;

constexpr const char* ledger_columns = "inputs, marked, unmarked, up_to_date, failed, quarantined, ignored";
constexpr const char* shard_columns =
    "shard, shards, other_shards, whole, own_digest, whole_digest, not_inputs, substr(job, 1, 64)";
constexpr const char* count_columns = "workers, restarts, retries, crashes, input_bytes, output_bytes";

std::uint64_t count_in(const sqlite::Statement& row, int column) {
  return static_cast<std::uint64_t>(std::clamp<std::int64_t>(row.integer(column), 0, greatest_count));
}

std::string line_in(const sqlite::Statement& row, int column) {
  return one_line(row.bytes(column));
}

/// Reads columns from `first` on: elapsed_ms, those of the ledger, those of the counts.
RunCounts counts_in(const sqlite::Statement& row, int first) {
  const auto count = [&](int column) { return count_in(row, first + column); };
  RunCounts counts{.elapsed_s = static_cast<double>(count(0)) / 1e3,
                   .ledger = {.inputs = count(1),
                              .marked = count(2),
                              .unmarked = count(3),
                              .up_to_date = count(4),
                              .failed = count(5),
                              .quarantined = count(6),
                              .ignored = count(7)},
                   .workers = static_cast<unsigned>(std::min<std::uint64_t>(count(8), UINT32_MAX)),
                   .restarts = count(9),
                   .retries = count(10),
                   .crashes = count(11),
                   .input_bytes = count(12),
                   .output_bytes = count(13)};
  counts.ledger.inputs = std::max(counts.ledger.inputs, counts.ledger.finished());
  return counts;
}

RecordedState state_in(const sqlite::Statement& row, int state, int started_ns) {
  const std::string word = row.bytes(state);
  // Admission writes such a row without a time: nothing was ever begun.
  if (word == "pending" && row.integer(started_ns) == 0) return RecordedState::left_alone;
  const auto* const known = std::ranges::find(recorded_state_names, word);
  return known == recorded_state_names.end()
             ? RecordedState::pending
             : static_cast<RecordedState>(known - recorded_state_names.begin());
}

JpegRoute route_from(std::string_view word) {
  const auto* const known = std::ranges::find(jpeg_route_names, word);
  return known == jpeg_route_names.end() ? JpegRoute::none
                                         : static_cast<JpegRoute>(known - jpeg_route_names.begin());
}

/// Such as the reporter makes; others could lead out of the directory of crashes.
std::string crash_in(const sqlite::Statement& row, int column) {
  std::string id = row.bytes(column);
  const bool is_name = std::ranges::all_of(id, [](char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
           (letter >= 'A' && letter <= 'Z') || letter == '-' || letter == '_';
  });
  return is_name ? id : std::string{};
}

InputHistory input_in(const sqlite::Statement& row) {
  InputHistory input{
      .input = row.bytes(0),
      .shown_from = 0,
      .output = row.bytes(2),
      .state = state_in(row, 3, 8),
      .size = {},
      .run = row.integer(5),
      .done_run = row.integer(6),
      .attempts = static_cast<std::uint32_t>(std::min<std::uint64_t>(count_in(row, 7), UINT32_MAX)),
      .started_ns = row.integer(8),
      .failure = {},
      .worker = count_in(row, 11),
      .elapsed_us = count_in(row, 12),
      .output_bytes = {},
      .jpeg_route = route_from(row.bytes(14)),
      .jpeg_reason = line_in(row, 15),
      .notes = line_in(row, 16),
      .crash = crash_in(row, 17)};
  input.shown_from = std::min<std::uint64_t>(count_in(row, 1), input.input.size());
  if (!row.is_null(4) && row.integer(4) >= 0) input.size = static_cast<std::int64_t>(count_in(row, 4));
  if (!row.is_null(9)) input.failure = Failure{kind_from(row.bytes(9)), line_in(row, 10)};
  const bool is_published = input.state == RecordedState::marked ||
                            (input.state == RecordedState::unmarked && row.integer(18) != 0);
  if (is_published && !row.is_null(13)) input.output_bytes = count_in(row, 13);
  return input;
}

/// Reads columns from `first` on: those of shard_columns.
std::optional<ShardReport> shard_in(const sqlite::Statement& row, int first) {
  const std::uint64_t index = count_in(row, first);
  const std::uint64_t count = count_in(row, first + 1);
  if (index < 1 || index > count || count > most_shards) return std::nullopt;
  ShardReport report{
      .shard = {.index = static_cast<std::uint32_t>(index), .count = static_cast<std::uint32_t>(count)},
      .other_shards = count_in(row, first + 2),
      .whole = {},
      .own_digest = static_cast<std::uint64_t>(row.integer(first + 4)),
      .whole_digest = static_cast<std::uint64_t>(row.integer(first + 5)),
      .not_inputs = count_in(row, first + 6),
      .job = line_in(row, first + 7)};
  if (!row.is_null(first + 3)) report.whole = count_in(row, first + 3);
  return report;
}

Stage stage_from(std::string_view word) {
  const auto* const known = std::ranges::find(stage_names, word);
  return static_cast<Stage>(known - stage_names.begin());
}

const JobDirectory& with_journal(const JobDirectory& directory) {
  if (directory.has(journal_file)) return directory;
  throw UsageError(fmt::format("{} has no journal ({}): no run has begun there", shown_path(directory.path()),
                               journal_file));
}

}  // namespace

JobHistory::JobHistory(const JobDirectory& directory)
    : directory_(with_journal(directory)),
      opened_(versions()),
      database_(open_journal_without_lock(directory)) {
  ::sqlite3_limit(database_.handle(), SQLITE_LIMIT_LENGTH, value_bytes_read);
}

template <class Read>
auto JobHistory::reading(const Read& read) {
  try {
    return read();
  } catch (const sqlite::Error& error) {
    const std::string path = directory_.path_of(journal_file);
    require_readable(database_, path);
    throw_explained(path, error);
  }
}

std::vector<JobHistory::FileVersion> JobHistory::versions() const {
  std::vector<FileVersion> versions;
  for (const char* const name : {"job.db", "job.db-wal"}) {
    struct ::stat status {};
    FileVersion version;
    if (::fstatat(directory_.fd(), name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
      version = {.inode = status.st_ino,
                 .size = status.st_size,
                 .mtime_ns = status.st_mtim.tv_sec * std::int64_t{1'000'000'000} + status.st_mtim.tv_nsec};
    } else if (!is_absence(errno)) {
      throw Unreadable(
          fmt::format("cannot look at {}: {}", shown_path(directory_.path_of(name)), errno_text()));
    }
    versions.push_back(version);
  }
  return versions;
}

bool JobHistory::is_unchanged() const {
  return versions() == opened_;
}

std::int64_t JobHistory::last_run() {
  const std::int64_t last =
      reading([&] { return database_.integer("SELECT coalesce(max(id), 0) FROM run"); });
  return std::max<std::int64_t>(last, 0);
}

double JobHistory::elapsed_s() {
  return reading([&] {
    sqlite::Statement query(
        database_,
        "SELECT CAST(total(min(max(coalesce(elapsed_ms, (SELECT max(s.elapsed_ms) FROM run_sample s WHERE "
        "s.run "
        "= run.id), 1000 * (unixepoch(ended) - unixepoch(started)), 0), 0), 1 << 40)) AS INTEGER) FROM run");
    return query.step() ? static_cast<double>(count_in(query, 0)) / 1e3 : 0.0;
  });
}

std::uint64_t JobHistory::inputs_of(std::int64_t run) {
  return reading([&] {
    sqlite::Statement query(database_, "SELECT count(*) FROM file WHERE run = ?1");
    query.bind(1, run);
    return query.step() ? count_in(query, 0) : 0;
  });
}

std::uint64_t JobHistory::inputs_before(std::int64_t run) {
  return reading([&] {
    sqlite::Statement query(database_, "SELECT count(*) FROM file WHERE run < ?1");
    query.bind(1, run);
    return query.step() ? count_in(query, 0) : 0;
  });
}

std::vector<RunFigures> JobHistory::runs(std::int64_t first, std::size_t most) {
  return reading([&] {
    std::vector<RunFigures> runs;
    // Runs of earlier versions have no duration but when they began and ended.
    sqlite::Statement query(
        database_,
        fmt::format(
            "SELECT id, substr(started, 1, {2}), substr(ended, 1, {2}), exit_code, substr(reason, 1, {3}), "
            "substr(command, 1, {4}), substr(recipe, 1, {4}), substr(output_directory, 1, {3}), "
            "unreadable_directories, damaged, links_not_followed, elapsed_ms IS NULL, "
            "lower(hex(substr(recipe_hash, 1, 16))), "
            "coalesce(elapsed_ms, 1000 * (unixepoch(ended) - unixepoch(started))), {0}, {1}, {5} "
            "FROM run WHERE id >= ?1 ORDER BY id DESC LIMIT ?2",
            ledger_columns, count_columns, word_bytes_read, text_bytes_read, command_bytes_read,
            shard_columns));
    query.bind(1, first).bind(2, static_cast<std::int64_t>(most));
    while (query.step()) {
      RunFigures run;
      static_cast<RunCounts&>(run) = counts_in(query, 13);
      run.id = query.integer(0);
      run.started = line_in(query, 1);
      // An end without an exit code is none.
      if (!query.is_null(2) && !query.is_null(3)) run.ended = line_in(query, 2);
      run.exit_code = static_cast<int>(query.integer(3));
      run.reason = line_in(query, 4);
      run.command = line_in(query, 5);
      run.recipe = query.bytes(6);
      run.output_directory = query.bytes(7);
      run.unreadable_directories = count_in(query, 8);
      run.damaged = count_in(query, 9);
      run.links_not_followed = count_in(query, 10);
      run.shard = shard_in(query, 27);
      run.recipe_hash = query.bytes(12);
      read_samples(run);
      read_stages(run);
      const bool has_figures = query.integer(11) == 0;
      if (!run.ended && !has_figures && !run.samples.empty())
        static_cast<RunCounts&>(run) = run.samples.back();
      runs.push_back(std::move(run));
    }
    std::ranges::reverse(runs);
    return runs;
  });
}

void JobHistory::read_samples(RunFigures& run) {
  sqlite::Statement query(
      database_,
      fmt::format("SELECT elapsed_ms, {}, {}, resident_bytes FROM run_sample WHERE run = ?1 ORDER BY "
                  "elapsed_ms LIMIT ?2",
                  ledger_columns, count_columns));
  query.bind(1, run.id).bind(2, static_cast<std::int64_t>(most_samples_of_run));
  while (query.step()) run.samples.push_back({counts_in(query, 0), count_in(query, 14)});
}

void JobHistory::read_stages(RunFigures& run) {
  sqlite::Statement query(
      database_, fmt::format("SELECT substr(stage, 1, {}), from_ns, count, total_ns FROM run_stage WHERE "
                             "run = ?1 LIMIT ?2",
                             word_bytes_read));
  query.bind(1, run.id).bind(2, most_rows_of_run);
  while (query.step()) {
    const auto stage = static_cast<std::size_t>(stage_from(query.bytes(0)));
    if (stage >= stage_count) continue;
    run.stages[stage].add(
        {.from = count_in(query, 1), .count = count_in(query, 2), .total = count_in(query, 3)});
  }
}

void JobHistory::for_each_input(std::optional<std::int64_t> since,
                                const std::function<void(const InputHistory&)>& visit) {
  reading([&] {
    // An input without a final state has no done_run.
    sqlite::Statement query(
        database_,
        fmt::format("SELECT substr(input, 1, {0}), shown_from, substr(output, 1, {0}), substr(state, 1, "
                    "{1}), size, run, done_run, attempts, started_ns, substr(kind, 1, {1}), "
                    "substr(message, 1, {0}), worker, elapsed_us, output_bytes, substr(jpeg_path, 1, {1}), "
                    "substr(jpeg_reason, 1, {0}), substr(notes, 1, {0}), substr(crash, 1, {1}), "
                    "output_run = done_run FROM file WHERE coalesce(done_run, run) >= ?1 ORDER BY id",
                    text_bytes_read, word_bytes_read));
    query.bind(1, since.value_or(INT64_MIN));
    while (query.step()) visit(input_in(query));
  });
}

}  // namespace wm
