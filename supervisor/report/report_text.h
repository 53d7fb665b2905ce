#pragma once

// What `wm-supervisor report` prints. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "supervisor/report/job_report.h"
#include "supervisor/report/report_words.h"

namespace wm {

[[nodiscard]] std::string job_report_text(const JobReport& report);

// Parts of it; "" when there is nothing to say.

/// "sizes      2.9 MiB read, 1.8 MiB written"
[[nodiscard]] std::string named_line(std::string_view name, std::string_view value);
/// Where the outputs are, their sizes, the times of pictures, the ways of JPEGs.
[[nodiscard]] std::string figure_lines(const JobReport& report);
/// The times of the stages.
[[nodiscard]] std::string stage_lines(const JobReport& report);
/// Why pictures failed: groups, and the first pictures.
[[nodiscard]] std::string problem_lines(const JobReport& report);
[[nodiscard]] std::string step_lines(const std::vector<NextStep>& steps);

}  // namespace wm
