#pragma once

// Decides whether the ledger of a job with shards is closed: all of them are there, each last run has ended
// and left nothing to do, and together they have every file that each of them saw. Pure.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "supervisor/report/merged/array_ranges.h"
#include "supervisor/report/merged/merged_shard.h"
#include "supervisor/shards/sharded_job.h"

namespace wm {

enum class Closing : std::uint8_t {
  closed,
  unfinished,  // running some shards again will close it
  refused,     // somebody has to look at it first
};
inline constexpr std::array<std::string_view, 3> closing_names{"closed", "unfinished", "refused"};

/// Finished shards whose last runs saw the same files of the whole job.
struct SeenFiles {
  std::uint64_t whole = 0;         // how many
  std::uint64_t whole_digest = 0;  // of their names
  std::uint64_t shards = 0;        // that saw them
  bool complete = false;           // one of these shards could read every directory
  std::string last_started;        // of their last runs, the last one
};

struct LedgerClosing {
  Closing closing = Closing::unfinished;
  /// Files of all shards, as most of those saw them that have finished; none when none of them has.
  std::optional<std::uint64_t> whole;
  std::uint64_t held = 0;         // of those, files of the shards that have finished
  std::uint64_t held_digest = 0;  // of their names
  std::vector<SeenFiles> seen;    // all of them; the first is what counts
  /// Which files the job has now is not clear, so that all shards have to run again.
  bool is_unclear = false;
  /// All have finished and saw the same files, but theirs together are not these: two versions of the program
  /// divide files differently, or a journal was changed.
  bool has_wrong_sum = false;
  ArrayRanges run_again;  // with the job's command
  ArrayRanges rebuild;    // likewise, with --rebuild-journal
};

/// Whether the shard's last run belongs to another job; then its state and its reason say so.
[[nodiscard]] bool is_of_another_job(const ShardedJob& job, MergedShard& shard);

/// `shards`: those of the job that have a directory, in ascending order; all others are missing. Those that
/// have finished, but not with this job or not with the files of the others, become ShardState::another_job
/// and outdated. `has_strays`: there are shards of another number of shards, too.
[[nodiscard]] LedgerClosing close_ledger(const ShardedJob& job, std::span<MergedShard> shards,
                                         bool has_strays);

}  // namespace wm
