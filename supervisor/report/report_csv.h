#pragma once

// The table of `wm-supervisor report --csv`: RFC 4180, UTF-8, a row for each input. docs/monitoring.md has
// its columns. Pure.

#include <string>
#include <string_view>

#include "supervisor/journal/job_history.h"

namespace wm {

/// The row with the names of the columns, with its line break.
[[nodiscard]] std::string csv_heading();
/// `output_directory`: absolute; "" when it is unknown.
[[nodiscard]] std::string csv_row(const InputHistory& input, const std::string& output_directory);

/// A text as a cell: in quotes where RFC 4180 wants them, and with an apostrophe in front of what a
/// spreadsheet would take for a formula.
[[nodiscard]] std::string csv_cell(std::string_view text);

}  // namespace wm
