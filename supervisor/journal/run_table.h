#pragma once

// Writes the rows of the journal's tables `run`, `run_sample` and `run_stage`: the run, and its figures over
// time. One thread, like the database.

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/job/recipe.h"
#include "common/job/temporary_name.h"
#include "supervisor/journal/run_figures.h"
#include "supervisor/journal/run_info.h"
#include "supervisor/journal/sqlite.h"

namespace wm {

struct StageBucket {
  Stage stage{};
  LatencyHistogram::Bucket bucket;
};

/// The buckets of all histograms that have values.
[[nodiscard]] std::vector<StageBucket> buckets_of(const StageHistograms& stages);

/// A sample, and what changes with it.
struct SampleEntry {
  RunSample sample;
  std::vector<std::int64_t> dropped;               // times of earlier samples, in ms
  std::optional<std::vector<StageBucket>> stages;  // all of the run so far
};

/// In seconds since the epoch; 0: never.
struct RunTimes {
  std::int64_t first_start_s = 0;   // when the first run began
  std::int64_t last_success_s = 0;  // when a run last ended with exit code 0
};

class RunTable {
 public:
  /// Borrows the database. Throws sqlite::Error, as does everything here.
  explicit RunTable(const sqlite::Database& database);
  RunTable(RunTable&&) noexcept;
  RunTable& operator=(RunTable&&) = delete;
  RunTable(const RunTable&) = delete;
  RunTable& operator=(const RunTable&) = delete;
  ~RunTable();

  /// Adds a run and returns its id. Runs that died get the counts of their last sample; the samples and
  /// histograms of all earlier runs are thinned out. `rebuilt`: the recipe of a run that finds out from the
  /// outputs what is done.
  std::int64_t begin_run(const RunInfo& info, const std::optional<RecipeHash>& rebuilt);
  void record_sample(const SampleEntry& entry);
  void end_run(const RunEnd& run);
  [[nodiscard]] static RunTimes times(const sqlite::Database& database);
  /// The runs before this one that did not end in an orderly way.
  [[nodiscard]] static std::set<RunToken> dead_before(const sqlite::Database& database, std::int64_t run);

 private:
  struct Statements;
  void thin_out_samples();

  sqlite3* handle_;  // of the database, even after that object has moved
  std::unique_ptr<Statements> statements_;
  std::int64_t run_ = 0;
};

}  // namespace wm
