#pragma once

// Sets a run up for --debug, --gdb, --valgrind and --wait-on-crash. Main thread.

#include "supervisor/cli/job_settings.h"
#include "supervisor/log/log_collector.h"
#include "supervisor/pool/crash_records.h"
#include "supervisor/pool/worker_launcher.h"
#include "supervisor/pool/worker_pool.h"
#include "supervisor/run/worker_record.h"

namespace wm {

struct DebuggingSetup {
  bool debugger_has_terminal = false;  // and answers to Ctrl-C
};

/// Before the first worker starts. Throws UsageError when a tool is not installed.
[[nodiscard]] DebuggingSetup prepare_debugging(const DebugSettings& settings, WorkerLauncher& launcher,
                                               CrashRecords& crash_records);

/// Reports workers that have crashed and wait for a debugger, each once.
void announce_parked_workers(const WorkerPool& pool, const CrashRecords& crash_records,
                             WorkerRecords& records, LogCollector& log);

}  // namespace wm
