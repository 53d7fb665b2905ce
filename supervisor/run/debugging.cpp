#include "supervisor/run/debugging.h"

#include <sys/resource.h>
#include <unistd.h>

#include <string>

#include <fmt/format.h>

#include "supervisor/log/log_format.h"
#include "supervisor/text/console.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

void allow_core_dumps() {
  rlimit cores{};
  ::getrlimit(RLIMIT_CORE, &cores);
  cores.rlim_cur = cores.rlim_max;
  ::setrlimit(RLIMIT_CORE, &cores);
}

DebuggingTool tool_for(DebugSettings::Tool tool) {
  if (tool == DebugSettings::Tool::valgrind) return DebuggingTool::valgrind;
  const bool terminal = ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0;
  return terminal ? DebuggingTool::gdb : DebuggingTool::gdbserver;
}

}  // namespace

DebuggingSetup prepare_debugging(const DebugSettings& settings, WorkerLauncher& launcher,
                                 CrashRecords& crash_records) {
  if (settings.foreground) allow_core_dumps();
  if (settings.wait_on_crash) crash_records.park_the_dying();
  if (!settings.tool_worker) return {};
  const DebuggingTool tool = tool_for(settings.tool);
  if (const auto package = missing_package(tool)) {
    throw UsageError(fmt::format("{0} is not installed; as root: apt-get install {0}", *package));
  }
  launcher.run_under(static_cast<WorkerIndex>(*settings.tool_worker - 1), tool);
  if (tool == DebuggingTool::gdbserver) {
    complain(
        "gdbserver waits for: gdb -ex 'target remote localhost:PORT' (it prints the port below). It listens "
        "on "
        "all addresses of this machine, and anyone who connects controls the worker");
  }
  return {.debugger_has_terminal = takes_the_terminal(tool)};
}

void announce_parked_workers(const WorkerPool& pool, const CrashRecords& crash_records,
                             WorkerRecords& records, LogCollector& log) {
  for (unsigned i = 0; i < pool.size(); ++i) {
    const auto worker = static_cast<WorkerIndex>(i);
    const CrashRecordFile* const crash_record = crash_records.of(worker);
    const bool parked = crash_record != nullptr && crash_record->state() == CrashRecordState::parked;
    const pid_t pid = pool.pid(worker);
    pid_t& announced = records.of(worker).announced_as_parked;
    if (!parked || announced == pid) continue;
    announced = pid;
    const std::string words =
        fmt::format("{} has crashed and waits for a debugger: gdb -p {} (when done with it: kill -KILL {})",
                    worker_name(worker), pid, pid);
    log.log(LogLevel::critical, words);
    complain(words);
  }
}

}  // namespace wm
