#pragma once

// Sentences about a job, the same on the terminal and in the HTML report. Pure.

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/report/job_report.h"

namespace wm {

/// Of JobEnd.
inline constexpr std::array<std::string_view, 5> job_end_names{"never run", "finished", "stopped early",
                                                               "died", "running"};

/// The outcome in one sentence, one line: "All 1000 pictures are marked."
[[nodiscard]] std::string outcome_sentence(const JobReport& report);

/// How many inputs ended how: "3 of 4 pictures are marked, 1 failed". `found_all`: no directory was left out.
/// `more_to_do`: there may be more inputs, which are to be done.
[[nodiscard]] std::string count_words(const Ledger& ledger, bool found_all, bool more_to_do);

/// How a run ended: "exit code 0", "exit code 130: stopped by SIGINT", "died". One line.
[[nodiscard]] std::string run_end_words(const RunFigures& run);

/// What figures leave open, one line: ", 1 directory could not be read, 2 links not followed"; "" when that
/// is nothing.
[[nodiscard]] std::string gap_words(std::uint64_t unreadable_directories, std::uint64_t links_not_followed);
/// The same of a run, and its damaged pictures.
[[nodiscard]] std::string run_gap_words(const RunFigures& run);

/// Something that the user may do next.
struct NextStep {
  std::string why;      // a sentence
  std::string command;  // for a shell; "" when there is none to copy
};
[[nodiscard]] std::vector<NextStep> next_steps(const JobReport& report);

}  // namespace wm
