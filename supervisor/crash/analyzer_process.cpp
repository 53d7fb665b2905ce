#include "supervisor/crash/analyzer_process.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/json/json_text.h"
#include "common/os/unique_fd.h"
#include "supervisor/analyzer/analysis_json.h"
#include "supervisor/crash/analyzer_answer.h"
#include "supervisor/pool/worker_program.h"
#include "supervisor/process/run_program.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr auto default_patience = 30s;  // enough for a busy machine; the analyzer limits its CPU time itself
constexpr std::size_t most_output = std::size_t{16} << 20;

/// The same file, which cannot be written through the new descriptor.
UniqueFd for_reading_only(int record_fd) {
  return UniqueFd(::open(fmt::format("/proc/self/fd/{}", record_fd).c_str(), O_RDONLY | O_CLOEXEC));
}

/// The priority is not lowered: on a busy machine it would not finish, and there is only one such process at
/// a time, with less than a second of CPU time. Its standard input is the crash record.
SpawnRequest request(const std::string& program, int record_fd, unsigned area) {
  return {.program = program,
          .arguments = {program, "-", "--area", fmt::format("{}", area)},
          .descriptors = {{record_fd, STDIN_FILENO}},
          .null_descriptors = {STDERR_FILENO},
          .blocked_signals = {},
          .without_variables = {"DEBUGINFOD_URLS"}};  // libdw would otherwise ask servers for symbols
}

}  // namespace

AnalyzerProcess::AnalyzerProcess() : patience_(default_patience) {
  const char* const other = std::getenv("WM_CRASH_ANALYZER");
  program_ = other != nullptr ? other : find_own_program("wm-crash-analyzer").value_or("");
}

AnalyzerAnswer AnalyzerProcess::analyse(int record_fd, unsigned area, const std::stop_token& stop) const {
  const auto failed = [](std::string why) { return AnalyzerAnswer{std::nullopt, std::move(why)}; };
  if (program_.empty()) return failed("wm-crash-analyzer is not installed");
  try {
    const UniqueFd crash_record = for_reading_only(record_fd);
    const ProgramRun run =
        run_program(request(program_, crash_record ? crash_record.get() : record_fd, area), STDOUT_FILENO,
                    {.time = patience_, .output_bytes = most_output, .must_end = [&](pid_t) {
                       return stop.stop_requested();
                     }});
    switch (run.result) {
      case ProgramRun::Result::stopped:
        return failed("the analyzer was stopped, since there was no more time for it");
      case ProgramRun::Result::too_slow:
        return failed("the analyzer took too long");
      case ProgramRun::Result::too_much_output:
        return failed("the analyzer said too much");
      case ProgramRun::Result::ended:
        break;
    }
    if (run.end.signal != 0 || run.end.exit_code != 0) return failed("the analyzer " + words(run.end));
    auto analysis = analysis_from(json_from_text(run.output));
    if (!analysis) return failed("the analyzer's answer makes no sense");
    return {std::move(analysis), ""};
  } catch (const std::exception& error) {
    return failed(fmt::format("the analyzer {}: {}", shown_path(program_), one_line(error.what())));
  }
}

}  // namespace wm
