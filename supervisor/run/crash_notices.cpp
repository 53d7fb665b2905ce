#include "supervisor/run/crash_notices.h"

#include <optional>
#include <string>

#include <fmt/format.h>

#include "supervisor/text/escape.h"

namespace wm {
namespace {

std::string report_text(const CrashEntry& crash, const CrashDirectory& directory, bool redact_paths) {
  const bool can_be_run_again = crash.input && !redact_paths;
  return fmt::format("crash report {}: {}; {}: wm-supervisor {} {}", crash.id, crash.summary,
                     can_be_run_again ? "run it again with" : "more with",
                     can_be_run_again ? "replay" : "crashes show",
                     shell_word(directory.directory_of(crash.id)));
}

}  // namespace

CrashReporter::Callbacks crash_notices(LogCollector& log, JournalThread& journal, CrashRecords& crash_records,
                                       const CrashReporter& reporter, bool redact_paths) {
  return {.done =
              [&log, &journal, &reporter, redact_paths](const CrashEntry& crash,
                                                        const std::optional<DeathTask>& task) {
                if (task && task->id != 0) journal.record_crash(TaskId{task->id}, task->attempt, crash.id);
                if (crash.full)
                  log.log(LogLevel::warning, report_text(crash, reporter.directory(), redact_paths));
              },
          .problem = [&log](const std::string& problem) { log.log(LogLevel::error, problem); },
          .recovered =
              [&log](std::size_t found, std::size_t unread) {
                const std::string words = recovery_words(found, unread);
                if (!words.empty()) log.log(LogLevel::warning, words);
              },
          .discard = [&crash_records](const std::string& name) { crash_records.remove_later(name); }};
}

}  // namespace wm
