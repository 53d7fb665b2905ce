#pragma once

// The HTML report: one page that needs no network and no other file. Pure: values in, text out. The figures
// are in it as one JSON object, which the page's script shows; every text in it has been made displayable.
//
// Its length is bounded by html_report_bytes whatever the job is: each part has a share, what does not fit is
// counted, and long texts are shortened.

#include <cstddef>
#include <functional>
#include <string>

#include "supervisor/report/html/gallery.h"
#include "supervisor/report/job_report.h"
#include "supervisor/report/merged/merged_report.h"

namespace wm {

inline constexpr std::size_t html_report_bytes = 5'000'000;

/// How much of a job the page can show.
inline constexpr ReportLimits html_report_limits{
    .runs = 100, .problems = 5000, .problem_groups = 100, .pictures = 9};

/// In the page's first kilobyte: only a file with this text is replaced by a new report.
inline constexpr const char* html_report_mark = R"(<meta name="generator" content="wm-supervisor report">)";

struct HtmlReport {
  const JobReport& job;
  const Gallery& gallery;
  std::string outcome;  // one sentence
  std::string version;  // of this program
  /// The link to a crash's report, relative to the page and percent-encoded; "" when there is none.
  std::function<std::string(const std::string& crash)> crash_link;
  const MergedReport* merged = nullptr;  // of a job with shards; `job` is all of them together then
};

[[nodiscard]] std::string html_text(const HtmlReport& report);

}  // namespace wm
