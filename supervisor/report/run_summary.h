#pragma once

// The text shown on stdout at the end of a run: the ledger, the phases, the stages. Pure.

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

[[nodiscard]] std::string run_summary(const RunReport& report);

}  // namespace wm
