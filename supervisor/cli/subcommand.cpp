#include "supervisor/cli/subcommand.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "supervisor/cli/tokenizer.h"
#include "supervisor/cli/value_parsers.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

std::vector<Subcommand> all_subcommands() {
  const OptionValue flag;
  const OptionValue path{.kind = ValueKind::path};
  const OptionValue number{.kind = ValueKind::number};
  const Option job_dir{"job-dir", 0, "DIR", "where IDs are looked for; default: the job at hand", path};
  std::vector<Subcommand> all{
      {"preview",
       "INPUT",
       "Shows one picture before and after it is marked, beside each other or one above the other, with "
       "a dashed line around each mark. OPTIONS are those of a job that say what the marks are, also "
       "from --config FILE, or ./wm-supervisor.toml when no mark is given; see wm-supervisor --help. No "
       "job is run or touched.",
       {{"output", 'o', "FILE",
         "write this PNG file; default: INPUT's name with -preview.png in place of its extension, in the "
         "current directory. An earlier preview is replaced, unless --overwrite never is given; any "
         "other file is left alone",
         path}},
       true,
       R"(
Example:
  wm-supervisor preview photo.jpg --logo logo.png --gravity southeast --scale 15%

Exit codes: 0 the preview is made; 1 the picture cannot be read; 2 wrong use; 3 the marks cannot be drawn.

wm-supervisor --preview N shows N pictures of a whole job.
)"},
      {"status",
       "[JOB_DIR]",
       "Shows how far a job is: running, finished, stopped early, or died. What it reads is written once a "
       "second "
       "to JOB_DIR/status.json; docs/monitoring.md has its fields.",
       {{"json", 0, "", "as JSON: the fields of status.json, and \"state\"", flag},
        {"watch", 'w', "", "show it again each second until the job ends", flag}},
       false,
       "\nExit codes: 0 the job runs; 2 wrong use; 3 it does not run.\n"},
      {"report",
       "[JOB_DIR]",
       "Reports on a job, after any kind of end: the outcome, each run, the times of the stages, why "
       "pictures "
       "failed, and what to do about it. While a run holds the job, its status is shown instead. F is a file "
       "or - for standard output; an existing file is replaced only if it is such a report, or empty.",
       {{"json", 0, "F", "write the report as JSON: docs/monitoring.md has its fields", path},
        {"html", 0, "F", "write the report as a page for a browser", path},
        {"csv", 0, "F", "write a table with a row for each input", path},
        {"failed0", 0, "",
         "print the inputs that failed or are quarantined, each ended by a NUL, for --files-from0 -", flag},
        {"since", 0, "RUN",
         "only run RUN and later ones, and inputs that got their state in them; the first run is 1", number}},
       false,
       R"(
Examples:
  wm-supervisor report OUTPUT --html report.html
  wm-supervisor report OUTPUT --csv inputs.csv
  wm-supervisor report OUTPUT --failed0 | wm-supervisor --files-from0 - -o OUTPUT --logo logo.png --damaged mark
After a job with --recursive, add --base DIR with its directory, or run its own command again: otherwise the outputs of a list all lie in one directory.

Exit codes: 0 the report is made; 1 it cannot be written; 2 wrong use, or the journal cannot be read; 75 a run holds the job.
)"},
      {"report merge",
       "[JOB_DIR]",
       "Puts the reports of all shards of a job together: whether the ledger is closed, which shards have to "
       "run "
       "again, why pictures failed, which shards were slowest. JOB_DIR is the directory with job.json. It "
       "reads "
       "the shards' journals without disturbing those that run, and writes JOB_DIR/quarantine.txt. F is as "
       "for "
       "report.",
       {{"json", 0, "F", "write the report as JSON: docs/clusters.md has its fields", path},
        {"html", 0, "F", "write the report as a page for a browser", path},
        {"csv", 0, "F", "write a table with a row for each input", path},
        {"failed0", 0, "",
         "print the inputs that failed or are quarantined, each ended by a NUL, for --files-from0 -", flag}},
       false,
       R"(
Examples:
  wm-supervisor report merge OUTPUT
  wm-supervisor report merge OUTPUT --failed0 | xargs -0 -n 1 echo

Exit codes: 0 all shards have finished and no picture failed; 1 all have finished, and some pictures failed, or the report cannot be written; 2 wrong use, or a shard is damaged or of another job; 75 some shards have to run, or run still.
)"},
      {"crashes",
       "[JOB_DIR]",
       "Lists the crashes of a job, those of one signature in one line. The commands crashes show, "
       "crashes symbolise and crashes recover do more, each with --help.",
       {{"all", 0, "", "a line for each crash, with its file", flag}}},
      {"crashes show",
       "ID",
       "Prints the report on a crash. ID may be the beginning of one, or a crash's directory.",
       {job_dir, {"json", 0, "", "as JSON: docs/crash_report.md has its fields", flag}}},
      {"crashes symbolise",
       "[ID...]",
       "Finishes reports that were made without the analyzer; without IDs, all of them.",
       {job_dir, {"keep-crash-data", 0, "", "keep the bytes of the stacks", flag}}},
      {"crashes recover", "[JOB_DIR]",
       "Reports on workers that crashed when their supervisor died, too. The next run of the job does "
       "the same."},
      {"replay",
       "CRASH",
       "Does again what a worker did when it crashed: the same worker program, the same recipe, the same "
       "file, but alone and outside of the job, whose outputs stay as they are. CRASH is an ID of "
       "`wm-supervisor crashes`, the beginning of one, or a crash's directory.",
       {job_dir,
        {"with-history", 0, "", "give the worker the files first that it had before (up to 31)", flag},
        {"repeat", 0, "N", "try up to N times, until it crashes in the same way", number},
        {"gdb", 0, "", "under gdb, or under gdbserver without a terminal", flag},
        {"valgrind", 0, "", "under valgrind; what it says goes to stderr", flag},
        {"worker-program", 0, "FILE", "for development: run FILE as the worker", path}},
       false,
       "\nExit codes: 0 the same crash; 1 not reproduced; 2 wrong use; 4 a different crash.\n"},
      {"stacks", "[JOB_DIR] [W]",
       "Prints where the threads of a running job's workers stand, or of worker W alone (1 is the "
       "first). The job goes on: each worker stands still for some milliseconds."},
      {"completion", "bash|zsh|fish",
       "Prints what makes a shell complete the command lines of wm-supervisor. It is installed with the "
       "program; elsewhere: source <(wm-supervisor completion bash)."},
      {"doctor",
       "",
       "Says what this machine and this installation offer, and what is missing.",
       {{"worker-program", 0, "FILE", "for development: look at FILE instead of wm-worker", path}}},
  };
  for (Subcommand& subcommand : all) {
    subcommand.options.push_back({"help", 'h', "", "print this text, and exit", flag});
  }
  return all;
}

}  // namespace

std::string synopsis(const Subcommand& subcommand) {
  const bool has_options = subcommand.takes_job_options || subcommand.options.size() > 1;
  return fmt::format("{}{}{}{}", subcommand.name, subcommand.operands.empty() ? "" : " ", subcommand.operands,
                     has_options ? " [OPTIONS]" : "");
}

std::span<const Subcommand> subcommands() {
  static const std::vector<Subcommand> all = all_subcommands();
  return all;
}

const Subcommand* find_subcommand(std::string_view name) {
  const auto all = subcommands();
  const auto found = std::ranges::find(all, name, &Subcommand::name);
  return found == all.end() ? nullptr : &*found;
}

const Subcommand* subcommand_of(std::span<const char* const> arguments) {
  if (arguments.empty()) return nullptr;
  const std::string first = arguments.front();
  const Subcommand* const found =
      arguments.size() > 1 ? find_subcommand(first + " " + arguments[1]) : nullptr;
  return found != nullptr ? found : find_subcommand(first);
}

SubcommandLine::SubcommandLine(const Subcommand& subcommand, std::span<const char* const> arguments) {
  const auto words = std::ranges::count(subcommand.name, ' ') + 1;
  uses_ = tokens(subcommand.options, arguments.subspan(static_cast<std::size_t>(words)),
                 fmt::format("wm-supervisor {}", subcommand.name));
  for (const OptionUse& use : uses_) {
    if (use.option->place == OptionPlace::operand) operands_.push_back(use.value);
    if (use.option->value.kind == ValueKind::flag) static_cast<void>(parsed(use, parse_switch));
  }
  if (wants_help()) return;
  const std::string_view wanted = subcommand.operands;
  const bool is_needed = !wanted.empty() && !wanted.starts_with('[');
  const auto most = static_cast<std::size_t>(std::ranges::count(wanted, ' ') + (wanted.empty() ? 0 : 1));
  std::string mistake;
  if (operands_.empty() && is_needed) mistake = "something is missing";
  if (operands_.size() > most && !wanted.ends_with("...]"))
    mistake = fmt::format("unexpected operand {}", shown_path(operands_[most]));
  for (const std::string& operand : operands_) {
    const bool is_word = operand.find('|') == std::string::npos &&
                         fmt::format("|{}|", wanted).find("|" + operand + "|") != std::string::npos;
    if (wanted.find('|') != std::string_view::npos && !is_word)
      mistake = fmt::format("{} is none of them", shown_path(operand));
  }
  if (!mistake.empty())
    throw UsageError(fmt::format("{}; usage: wm-supervisor {}", mistake, synopsis(subcommand)));
}

std::optional<std::string> SubcommandLine::value(std::string_view option) const {
  const OptionUse* const use = last_use(uses_, option);
  return use == nullptr ? std::nullopt : std::optional(use->value);
}

std::optional<unsigned> SubcommandLine::number(std::string_view option) const {
  const OptionUse* const use = last_use(uses_, option);
  if (use == nullptr) return std::nullopt;
  return parsed(*use, [](std::string_view text) {
    return static_cast<unsigned>(parse_whole(text, 1, std::numeric_limits<unsigned>::max()));
  });
}

std::optional<std::string> SubcommandLine::operand() const {
  return operands_.empty() ? std::nullopt : std::optional(operands_.front());
}

}  // namespace wm
