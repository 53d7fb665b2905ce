#include "supervisor/commands/doctor.h"

#include <string>

#include <fmt/format.h>

#include "supervisor/cli/exit_code.h"
#include "supervisor/cli/verb_line.h"
#include "supervisor/doctor/check_up.h"
#include "supervisor/text/console.h"

namespace wm {
namespace {

const Verb doctor_verb{
    .synopsis = "doctor [--worker-program FILE]",
    .summary = "Says what this machine and this installation offer, and what is missing.",
    .options = {{"worker-program", "FILE", "for development: look at FILE instead of wm-worker"}}};

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

int doctor_command(std::span<const char* const> arguments) {
  const VerbLine line(doctor_verb, arguments);
  if (line.wants_help()) return print_out(verb_help(doctor_verb)) ? exit_all_done : exit_some_failed;
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
