#include "supervisor/commands/subcommands.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "supervisor/cli/completion.h"
#include "supervisor/cli/exit_code.h"
#include "supervisor/cli/help_text.h"
#include "supervisor/text/console.h"

namespace wm {
namespace {

struct Entry {
  std::string_view name;
  int (*run)(const SubcommandLine&);
};

int print_completion(const SubcommandLine& line) {
  return print_out(completion_script(line.operands().front())) ? exit_all_done : exit_some_failed;
}

constexpr std::array entries{
    Entry{"crashes show", show_crash},
    Entry{"crashes symbolise", symbolise_crashes},
    Entry{"crashes recover", recover_crashes},
    Entry{"crashes", list_crashes},
    Entry{"replay", replay_crash},
    Entry{"stacks", show_stacks},
    Entry{"status", show_status},
    Entry{"report merge", merge_reports},
    Entry{"report", report_on_job},
    Entry{"completion", print_completion},
    Entry{"doctor", examine_machine},
};

}  // namespace

std::optional<int> run_subcommand(std::span<const char* const> arguments) {
  const Subcommand* const subcommand = subcommand_of(arguments);
  if (subcommand == nullptr) return std::nullopt;
  if (subcommand->takes_job_options) return preview_picture(arguments.subspan(1));
  const SubcommandLine line(*subcommand, arguments);
  if (line.wants_help()) {
    return print_out(subcommand_help(*subcommand, help_columns())) ? exit_all_done : exit_some_failed;
  }
  return std::ranges::find(entries, subcommand->name, &Entry::name)->run(line);
}

}  // namespace wm
