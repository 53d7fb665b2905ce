#include "supervisor/commands/stacks.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "common/job/outcome.h"
#include "supervisor/cli/job_location.h"
#include "supervisor/cli/usage_error.h"
#include "supervisor/cli/verb_line.h"
#include "supervisor/commands/exit_code.h"
#include "supervisor/crash/analyzer_answer.h"
#include "supervisor/crash/analyzer_process.h"
#include "supervisor/crash/crash_directory.h"
#include "supervisor/crash/report_text.h"
#include "supervisor/log/log_collector.h"
#include "supervisor/pool/crash_cells.h"
#include "supervisor/pool/process_sample.h"
#include "supervisor/pool/worker_look.h"
#include "supervisor/text/console.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr auto answer_patience = 2s;
constexpr std::size_t frames = 30;

const Verb stacks_verb{
    .synopsis = "stacks [JOB_DIR] [W]",
    .summary =
        "Prints where the threads of a running job's workers stand, or of worker W alone (1 is the\n"
        "first). The job goes on: each worker stands still for some milliseconds.",
    .most_operands = 2};

struct LiveWorker {
  std::string path;
  MappedCell cell;
};

std::vector<LiveWorker> live_workers(const JobDirectory& job, std::optional<unsigned> wanted) {
  std::vector<LiveWorker> found;
  const auto cells = CrashDirectory(job).cells();
  for (const std::string& name : cells ? cells->names() : std::vector<std::string>()) {
    const std::string path = cells->path_of(name);
    try {
      auto cell = MappedCell::attach(cells->open_file(name, O_RDWR));
      if (!lives(cell.head()) || (wanted && cell.head().worker + 1 != *wanted)) continue;
      found.push_back({path, std::move(cell)});
    } catch (const std::exception&) {
      continue;  // it has gone, or is not ours to read
    }
  }
  std::ranges::sort(found, {}, [](const LiveWorker& worker) { return worker.cell.head().worker; });
  return found;
}

std::string doing(const CrashCellHead& head) {
  const std::uint64_t tasks = head.tasks.load(std::memory_order_acquire);
  if (head.task.load(std::memory_order_acquire) == 0 || tasks == 0) return "between two files";
  const CellTask& task = head.history[(tasks - 1) % cell_history];
  const auto stage = head.stage.load(std::memory_order_relaxed);
  return fmt::format(
      "in stage {} of {}", stage < stage_count ? stage_names[stage] : "unknown",
      shown_path(std::string_view(task.path, std::min<std::size_t>(task.path_bytes, max_path_bytes))));
}

/// The stacks of a worker as text; why there are none, from outside, when it does not answer.
std::string look_at(const LiveWorker& worker, const AnalyzerProcess& analyzer, bool& failed) {
  const CrashCellHead& head = worker.cell.head();
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, head.pid, 0)));
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const std::uint64_t request =
      static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
  // The number may belong to another process by now; the descriptor is compared with the cell once more.
  if (!pidfd || !lives(head)) return "has ended\n";
  const bool asked = send_look(pidfd.get(), head, area_of_stacks, request);
  const auto deadline = std::chrono::steady_clock::now() + answer_patience;
  while (asked && !look_is_complete(worker.cell.fd(), area_of_stacks, request)) {
    if (std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(2ms);
      continue;
    }
    failed = true;
    std::string text = "does not answer; as seen from outside:\n";
    for (const ThreadSample& thread : sample_process(head.pid).threads)
      text += "  " + one_line(words_of(thread)) + "\n";
    return text;
  }
  if (!asked) return "cannot be asked: it is starting, ending or not yours\n";
  const AnalyzerAnswer answer = analyzer.analyse(worker.path, area_of_stacks);
  if (!answer.problem.empty()) {
    failed = true;
    return answer.problem + "\n";
  }
  return threads_text(answer.analysis, frames);
}

std::optional<unsigned> worker_number(const std::string& text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number == 0) return std::nullopt;
  return number;
}

}  // namespace

int stacks_command(std::span<const char* const> arguments) {
  const VerbLine line(stacks_verb, arguments);
  if (line.wants_help()) return print_out(verb_help(stacks_verb)) ? exit_all_done : exit_some_failed;
  std::vector<std::string> operands = line.operands();
  std::optional<unsigned> wanted;
  if (!operands.empty() && (wanted = worker_number(operands.back()))) operands.pop_back();
  if (operands.size() > 1)
    throw UsageError(fmt::format("{} is no worker: give its number", shown_path(operands[1])));
  const JobDirectory job =
      find_job_directory(operands.empty() ? std::nullopt : std::optional<std::string>(operands.front()));
  const auto workers = live_workers(job, wanted);
  if (workers.empty()) {
    complain(wanted ? fmt::format("worker {} does not run", *wanted) : "no worker of this job runs");
    return exit_some_failed;
  }
  bool failed = false;
  const AnalyzerProcess analyzer;
  for (const LiveWorker& worker : workers) {
    const CrashCellHead& head = worker.cell.head();
    print_out(fmt::format("=== {} (pid {}) {}\n",
                          worker_name(static_cast<WorkerIndex>(head.worker % max_workers)), head.pid,
                          doing(head)));
    print_out(look_at(worker, analyzer, failed) + "\n");
  }
  return failed ? exit_some_failed : exit_all_done;
}

}  // namespace wm
