#pragma once

// Sentences about a job with shards, the same on the terminal and in the HTML report. Pure.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "supervisor/report/merged/merged_report.h"
#include "supervisor/report/report_words.h"

namespace wm {

/// The outcome in one sentence, one line: "All 1000 pictures are marked."
[[nodiscard]] std::string outcome_sentence(const MergedReport& report);

/// How many shards are in each ShardState.
using ShardStateCounts = std::array<std::uint64_t, shard_state_names.size()>;
[[nodiscard]] ShardStateCounts state_counts(const MergedReport& report);
/// "61 finished, 2 missing, 1 died"
[[nodiscard]] std::string state_words(const MergedReport& report);

/// Also what closes the ledger.
[[nodiscard]] std::vector<NextStep> next_steps(const MergedReport& report);

/// Of the shards that took longest, at most `most`, the slowest first: positions in `shards`.
[[nodiscard]] std::vector<std::size_t> slowest_shards(const std::vector<MergedShard>& shards,
                                                      std::size_t most);

}  // namespace wm
