#include <string>

#include <fmt/format.h>

#include "supervisor/cli/exit_code.h"
#include "supervisor/commands/subcommands.h"
#include "supervisor/doctor/check_up.h"
#include "supervisor/text/console.h"

namespace wm {
namespace {

std::string_view sign(Health health) {
  switch (health) {
    case Health::fine:
      return "  ok   ";
    case Health::note:
      return "  note ";
    case Health::problem:
      break;
  }
  return "  FAIL ";
}

}  // namespace

int examine_machine(const SubcommandLine& line) {
  int exit_code = exit_all_done;
  std::string text;
  for (const Examination& examination : check_up(line.value("worker-program").value_or(""))) {
    text += fmt::format("{}{}\n", text.empty() ? "" : "\n", examination.title);
    for (const Finding& finding : examination.findings) {
      text += fmt::format("{}{:<18} {}\n", sign(finding.health), finding.subject, finding.words);
      if (finding.health == Health::problem) exit_code = exit_some_failed;
    }
  }
  print_out(text);
  return exit_code;
}

}  // namespace wm
