#pragma once

// The texts shown on stdout at the end of a run. Pure.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "supervisor/report/run_report.h"

namespace wm {

/// "4 marked + 1 unmarked + 0 up to date + 2 failed + 0 quarantined"; "unmarked" is omitted when it is zero.
[[nodiscard]] std::string ledger_terms(const Ledger& ledger);

struct PictureCount {
  std::uint64_t count;
  std::string_view state;
};

/// "17 pictures: 14 marked, 3 failed (1 file ignored)"; of the parts, only the first one is shown when it is
/// zero.
[[nodiscard]] std::string picture_counts(std::uint64_t pictures, std::initializer_list<PictureCount> parts,
                                         std::uint64_t ignored);

/// "shard 3/64, 1 file of other shards".
[[nodiscard]] std::string shard_text(const ShardReport& report);

/// A line for each stage, with a heading.
[[nodiscard]] std::string stage_table(const StageHistograms& stages);

/// What the user may want to do something about: damaged files, directories that could not be read; "" when
/// there is nothing.
[[nodiscard]] std::string run_remarks(const RunReport& report);

/// --stats: the times of phases and stages, and how JPEGs were marked.
[[nodiscard]] std::string run_statistics(const RunReport& report);

/// Three lines: the ledger, the work, and where log and report are. The paths are displayable.
[[nodiscard]] std::string run_summary(const RunReport& report, std::string_view log_path,
                                      std::string_view report_path);

}  // namespace wm
