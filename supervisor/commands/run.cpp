#include "supervisor/commands/run.h"

#include <sys/resource.h>

#include <string>
#include <variant>
#include <vector>

#include "common/kill_point/kill_point.h"
#include "supervisor/cli/command_line.h"
#include "supervisor/cli/exit_code.h"
#include "supervisor/commands/dry_run.h"
#include "supervisor/commands/preview_sheet.h"
#include "supervisor/commands/subcommands.h"
#include "supervisor/doctor/version_text.h"
#include "supervisor/run/batch_run.h"
#include "supervisor/text/console.h"

namespace wm {
namespace {

/// Each worker needs several descriptors, each level of a deep tree one.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int run_command(std::span<const char* const> arguments) {
  if (const auto exit_code = run_subcommand(arguments.subspan(1))) return *exit_code;
  auto parsed = parse_command_line(arguments.subspan(1));
  if (const auto* text = std::get_if<PrintedText>(&parsed)) {
    print_out(text->text);
    return exit_all_done;
  }
  if (const auto* question = std::get_if<VersionQuestion>(&parsed)) {
    print_out(version_text(question->worker_program));
    return exit_all_done;
  }
  auto& settings = std::get<JobSettings>(parsed);
  if (settings.preview.pictures > 0) return preview_sheet(settings);
  if (settings.dry_run) return dry_run(settings);
  raise_descriptor_limit();
  bound_waiting_for_stderr();
  arm_kill_points(ProcessSide::supervisor);
  return BatchRun(std::move(settings), std::vector<std::string>(arguments.begin(), arguments.end())).run();
}

}  // namespace wm
