#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "supervisor/cli/exit_code.h"
#include "supervisor/commands/job_location.h"
#include "supervisor/commands/subcommands.h"
#include "supervisor/crash/crash_directory.h"
#include "supervisor/crash/crash_reporter.h"
#include "supervisor/crash/left_deaths.h"
#include "supervisor/crash/report_writer.h"
#include "supervisor/ownership/job_holder.h"
#include "supervisor/ownership/job_ownership.h"
#include "supervisor/ownership/owner_record.h"
#include "supervisor/run/run_setup.h"
#include "supervisor/text/console.h"
#include "supervisor/text/counted.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr auto recover_patience = 60s;

/// The crashes of a running job must not be recovered, nor may a run begin meanwhile. Throws JobHeld,
/// UsageError, std::system_error.
std::shared_ptr<JobOwnership> taken(JobDirectory& job) {
  OwnerObservation observation(owner_times().second_look);
  for (;;) {
    try {
      auto own = std::make_shared<JobOwnership>(
          job, random_token(), JobOwnership::Notices{.touched = [](std::int64_t) {}, .lost = [] {}},
          observation);
      job.ask_before_changes(while_owned(own));
      return own;
    } catch (const OwnerInDoubt& doubt) {
      complain(doubt.what());
      std::this_thread::sleep_for(doubt.pause());
    }
  }
}

int print(const std::string& text) {
  return print_out(text) ? exit_all_done : exit_some_failed;
}

std::string shown_input(const CrashEntry& entry) {
  return entry.input ? shown_path(*entry.input) : "(no file)";
}

int list_all(const std::vector<CrashEntry>& entries) {
  std::string text;
  for (const CrashEntry& entry : entries) {
    text +=
        fmt::format("{}  {}  {}{}\n", entry.id, entry.stage.empty() ? "-" : entry.stage, shown_input(entry),
                    entry.full ? "" : fmt::format("  (counted, like {})", entry.same_as));
  }
  return print(text);
}

}  // namespace

int list_crashes(const SubcommandLine& line) {
  const JobDirectory job = find_job_directory(line.operand());
  const CrashDirectory crashes(job);
  // Without an operand, the suggested command finds the same job.
  const std::string where = line.operand() ? " --job-dir " + shell_word(job.path()) : "";
  const auto entries = crashes.entries();
  if (entries.empty()) return print("no crashes\n");
  if (line.has("all")) return list_all(entries);
  struct Group {
    std::size_t count = 0;
    const CrashEntry* first = nullptr;
    const CrashEntry* last = nullptr;
  };
  std::map<std::string, Group> groups;
  for (const CrashEntry& entry : entries) {
    Group& group = groups[entry.sig8];
    ++group.count;
    if (group.first == nullptr || (entry.full && !group.first->full)) group.first = &entry;
    group.last = &entry;
  }
  std::vector<Group> sorted;
  sorted.reserve(groups.size());
  for (const auto& [signature, group] : groups) sorted.push_back(group);
  std::ranges::sort(sorted, [](const Group& one, const Group& other) { return one.count > other.count; });
  std::string text =
      fmt::format("{}, {} different\n", counted(entries.size(), "crash", "crashes"), sorted.size());
  for (const Group& group : sorted) {
    text += fmt::format(
        "\n{:>6} x  {}\n          {}\n          last: {} in {}\n          wm-supervisor crashes show {}{}\n",
        group.count, one_line(group.first->summary.empty() ? group.first->word : group.first->summary),
        one_line(group.first->signature), one_line(group.last->time), shown_input(*group.last),
        group.first->id, where);
  }
  return print(text);
}

int show_crash(const SubcommandLine& line) {
  const FoundCrash crash = find_crash(
      line.operands().front(), [&] { return find_job_directory(line.value("job-dir"), JobNamedBy::option); });
  return print(read_crash_file(crash, line.has("json") ? "report.json" : "report.txt"));
}

int symbolise_crashes(const SubcommandLine& line) {
  const auto job = [&] { return find_job_directory(line.value("job-dir"), JobNamedBy::option); };
  std::vector<FoundCrash> wanted;
  for (const std::string& name : line.operands()) wanted.push_back(find_crash(name, job));
  if (wanted.empty()) {
    const CrashDirectory crashes(job());
    for (const CrashEntry& entry : crashes.entries()) {
      if (entry.full) wanted.push_back({crashes, entry.id});
    }
  }
  const AnalyzerProcess analyzer;
  int exit_code = exit_all_done;
  std::size_t complete = 0;
  for (const FoundCrash& crash : wanted) {
    const std::string problem = symbolise(crash, analyzer, line.has("keep-crash-data"));
    if (problem.empty()) {
      ++complete;
      continue;
    }
    complain(fmt::format("{}: {}", crash.id, one_line(problem)));
    exit_code = exit_some_failed;
  }
  print_out(fmt::format("{} of {} complete\n", complete, counted(wanted.size(), "report is", "reports are")));
  return exit_code;
}

int recover_crashes(const SubcommandLine& line) {
  JobDirectory job = find_job_directory(line.operand());
  if (const auto holder = job_holder(job)) {
    throw JobHeld(fmt::format("a run ({}) holds the job in {}; it recovers crashes itself",
                              owner_words(holder->record), shown_path(job.path())));
  }
  const auto own = taken(job);
  std::size_t deaths = 0;
  std::size_t unread = 0;
  std::size_t reports = 0;
  bool has_problem = false;
  {
    CrashReporter reporter({}, AnalyzerProcess(),
                           {.done =
                                [&](const CrashEntry& entry, const std::optional<DeathTask>&) {
                                  ++reports;
                                  print_out(fmt::format("{}: {}\n", entry.id,
                                                        entry.full ? one_line(entry.summary)
                                                                   : "counted, like " + entry.same_as));
                                },
                            .problem =
                                [&](const std::string& problem) {
                                  has_problem = true;
                                  complain(problem);
                                },
                            .recovered =
                                [&](std::size_t found, std::size_t above_limit) {
                                  deaths = found;
                                  unread = above_limit;
                                },
                            // The next run learns from them what was published.
                            .discard = [](const std::string&) {}});
    reporter.open(job);
    reporter.recover(std::nullopt);
    reporter.finish(recover_patience);
  }
  own->require();
  if (unread > 0) {
    complain(fmt::format("{} not reported yet, since only {} are at once; repeat the command",
                         counted(unread, "further crash is", "further crashes are"), most_left_deaths));
  }
  if (deaths == 0 && !has_problem) print_out("no worker had crashed\n");
  return reports == deaths && unread == 0 && !has_problem ? exit_all_done : exit_some_failed;
}

}  // namespace wm
