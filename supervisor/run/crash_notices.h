#pragma once

// Passes news of crash reports on to the log, the journal and the crash records.

#include "supervisor/crash/crash_reporter.h"
#include "supervisor/journal/journal_thread.h"
#include "supervisor/log/log_collector.h"
#include "supervisor/pool/crash_records.h"

namespace wm {

/// The callbacks are called on the reporter's thread. Borrows all four; `reporter` may be under
/// construction.
[[nodiscard]] CrashReporter::Callbacks crash_notices(LogCollector& log, JournalThread& journal,
                                                     CrashRecords& crash_records,
                                                     const CrashReporter& reporter, bool redact_paths);

}  // namespace wm
