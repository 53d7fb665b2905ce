#include <fcntl.h>
#include <time.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/job/outcome.h"
#include "supervisor/cli/exit_code.h"
#include "supervisor/commands/job_location.h"
#include "supervisor/commands/subcommands.h"
#include "supervisor/crash/analyzer_answer.h"
#include "supervisor/crash/analyzer_process.h"
#include "supervisor/crash/crash_directory.h"
#include "supervisor/crash/report_text.h"
#include "supervisor/job_directory/job_directory.h"
#include "supervisor/log/log_format.h"
#include "supervisor/ownership/job_holder.h"
#include "supervisor/pool/crash_record_file.h"
#include "supervisor/pool/live_snapshot.h"
#include "supervisor/pool/process_sample.h"
#include "supervisor/pool/worker_process.h"
#include "supervisor/text/console.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr auto answer_patience = 2s;
constexpr std::size_t frames = 30;

struct LiveWorker {
  std::string name;  // of its crash record
  CrashRecord crash_record;
  WorkerProcess process;
};

/// The workers of the current run, in the order of their numbers. Crash records that name other processes are
/// ignored: those processes may be anybody's.
std::vector<LiveWorker> live_workers(const JobDirectory& job, std::optional<unsigned> wanted) {
  std::vector<LiveWorker> found;
  const auto supervisor = job_holder(job);
  if (!supervisor) return found;
  if (supervisor->pid == 0) {
    throw UsageError(fmt::format("the job in {} runs on another machine or in another container{}; ask there",
                                 shown_path(job.path()),
                                 supervisor->record ? " (" + owner_words(supervisor->record) + ")" : ""));
  }
  const auto crash_records = CrashDirectory(job).crash_records();
  if (!crash_records) return found;
  for (const std::string& name : crash_records->names()) {
    if (found.size() == max_workers) break;
    try {
      UniqueFd file = crash_records->open_file(name, O_RDONLY);
      if (!file) continue;  // it has just been removed
      CrashRecord crash_record(std::move(file));
      if (wanted && crash_record.head().worker + 1 != *wanted) continue;
      WorkerProcess process = find_worker_process(crash_record.head(), crash_record.fd(), supervisor->pid);
      if (process.pidfd) {
        found.push_back({name, std::move(crash_record), std::move(process)});
      } else if (lives(crash_record.head())) {
        complain(fmt::format(
            "{} names process {}, which is no worker of this job that can be asked; it is left alone",
            shown_path(crash_records->path_of(name)), crash_record.head().pid));
      }
    } catch (const UsageError& error) {
      complain(error.what());  // a link, a pipe, somebody else's file
    } catch (const std::exception&) {
      continue;  // a crash record of another version
    }
  }
  std::ranges::sort(found, {}, [](const LiveWorker& worker) { return worker.crash_record.head().worker; });
  return found;
}

std::string doing(const CrashRecordHead& head) {
  const std::uint64_t tasks = head.tasks.load(std::memory_order_acquire);
  if (head.task.load(std::memory_order_acquire) == 0 || tasks == 0) return "between two files";
  const RecordedTask& task = head.history[(tasks - 1) % recorded_history];
  const auto stage = head.stage.load(std::memory_order_relaxed);
  return fmt::format(
      "in stage {} of {}", stage < stage_count ? stage_names[stage] : "unknown",
      shown_path(std::string_view(task.path, std::min<std::size_t>(task.path_bytes, max_path_bytes))));
}

/// Increases from call to call, and differs from the requests of other commands.
std::uint64_t new_request() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

/// The stacks of a worker as text; if it does not answer, the reason and its threads as seen from outside.
std::string look_at(const LiveWorker& worker, const AnalyzerProcess& analyzer, bool& failed) {
  const int crash_record = worker.crash_record.fd();
  const std::uint64_t request = new_request();
  const bool asked =
      request_snapshot(worker.process.pidfd.get(), worker.crash_record.state(), area_of_stacks, request);
  const auto deadline = std::chrono::steady_clock::now() + answer_patience;
  while (asked && !snapshot_is_complete(crash_record, area_of_stacks, request)) {
    if (std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(2ms);
      continue;
    }
    failed = true;
    std::string text = "does not answer; as seen from outside:\n";
    for (const ThreadSample& thread : sample_process(worker.process.pid).threads)
      text += "  " + one_line(words_of(thread)) + "\n";
    return text;
  }
  if (!asked) return "cannot be asked: it is starting or ending\n";
  const AnalyzerAnswer answer = analyzer.analyse(crash_record, area_of_stacks);
  if (!answer.analysis) {
    failed = true;
    return answer.problem + "\n";
  }
  return threads_text(*answer.analysis, frames);
}

std::optional<unsigned> worker_number(const std::string& text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number == 0) return std::nullopt;
  return number;
}

}  // namespace

int show_stacks(const SubcommandLine& line) {
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
    const CrashRecordHead& head = worker.crash_record.head();
    print_out(fmt::format("=== {} (pid {}) {}\n",
                          worker_name(static_cast<WorkerIndex>(head.worker % max_workers)),
                          worker.process.pid, doing(head)));
    print_out(look_at(worker, analyzer, failed) + "\n");
  }
  return failed ? exit_some_failed : exit_all_done;
}

}  // namespace wm
