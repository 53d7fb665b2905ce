#pragma once

// The figures of a run that the journal keeps: at its end, and at times while it runs. Values.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/job/outcome.h"
#include "supervisor/cli/shard.h"
#include "supervisor/dispatch/latency_histogram.h"
#include "supervisor/journal/ledger.h"

namespace wm {

/// Of the run so far.
struct RunCounts {
  double elapsed_s = 0;  // without the time for which the supervisor was suspended
  Ledger ledger;         // its inputs: found so far
  unsigned workers = 0;  // started, not counting replacements
  std::uint64_t restarts = 0;
  std::uint64_t retries = 0;
  std::uint64_t crashes = 0;
  std::uint64_t input_bytes = 0;  // of published pictures
  std::uint64_t output_bytes = 0;

  [[nodiscard]] std::uint64_t done() const noexcept { return ledger.marked + ledger.unmarked; }
  [[nodiscard]] std::uint64_t failed() const noexcept { return ledger.failed + ledger.quarantined; }
};

/// How far a run was at one time.
struct RunSample : RunCounts {
  std::uint64_t resident_bytes = 0;  // of all workers together
};

/// Seconds of pictures in each stage, whether the attempt succeeded or not.
using StageHistograms = std::array<LatencyHistogram, stage_count>;

/// What a run of one shard of a job saw of the other ones.
struct ShardReport {
  Shard shard;
  std::uint64_t other_shards = 0;      // files of other shards
  std::optional<std::uint64_t> whole;  // files of all shards; none when the run ended before all were found
  // Sums of name_digest() over its own files, and over the files of all shards:
  std::uint64_t own_digest = 0;
  std::uint64_t whole_digest = 0;
  std::uint64_t not_inputs = 0;  // of its own files: names that were listed before, or left out
  std::string job = {};          // ShardedJob::id; "" when unknown
};

/// What is known only at the end of a run.
struct RunEnd : RunCounts {
  int exit_code = 0;
  std::string reason;  // why it ended early; "" when it did not
  std::uint64_t unreadable_directories = 0;
  std::uint64_t damaged = 0;  // of the marked ones: only their readable part was marked
  std::uint64_t links_not_followed = 0;
  std::optional<ShardReport> shard = std::nullopt;  // none: it was no shard
};

/// A run as the journal describes it. The counts of one that died are those of its last sample.
struct RunFigures : RunEnd {
  std::int64_t id = 0;               // 1, 2, 3 ...
  std::string started;               // UTC, "2026-11-23T23:22:08Z"
  std::optional<std::string> ended;  // none: it died; then there is no exit code either
  std::string command;               // one line, escaped
  std::string recipe;                // JSON, unless somebody has changed it
  std::string recipe_hash;           // hexadecimal; "" when unknown
  std::string output_directory;      // absolute, bytes; "" when unknown
  StageHistograms stages;            // empty for runs of long ago
  std::vector<RunSample> samples;    // in the order of time
};

}  // namespace wm
