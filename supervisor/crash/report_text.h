#pragma once

// A crash report as text, for a reader who may never have seen this program. Pure.

#include <string>

#include "supervisor/crash/crash_report.h"

namespace wm {

[[nodiscard]] std::string report_text(const CrashReport& report);

/// The threads of an analysis, each with at most `frames` frames.
[[nodiscard]] std::string threads_text(const SnapshotAnalysis& analysis, std::size_t frames);

}  // namespace wm
