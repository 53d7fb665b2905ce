#pragma once

// Passes news of crash reports on to the log and the journal.

#include "supervisor/crash/crash_reporter.h"
#include "supervisor/journal/journal_thread.h"
#include "supervisor/log/log_collector.h"

namespace wm {

/// The callbacks are called on the reporter's thread. Borrows all three; `reporter` may be under
/// construction.
[[nodiscard]] CrashReporter::Callbacks crash_notices(LogCollector& log, JournalThread& journal,
                                                     const CrashReporter& reporter, bool redact_paths);

}  // namespace wm
