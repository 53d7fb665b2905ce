#include "supervisor/run/status_report.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "common/os/realtime.h"
#include "supervisor/log/log_format.h"
#include "supervisor/pool/worker_memory.h"
#include "supervisor/report/progress_json.h"
#include "supervisor/text/console.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr auto interval = 1s;

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

double seconds(RunState::Clock::duration duration) {
  return std::max(0.0, std::chrono::duration<double>(duration).count());
}

}  // namespace

StatusReport::StatusReport(const JobSettings& settings, const Parts& parts)
    : settings_(settings), parts_(parts), seen_(parts.pool.size()), inputs_(parts.pool.size()) {}

void StatusReport::open(const JobDirectory& job) {
  const auto on_problem = [&log = parts_.log](const std::string& problem, bool at_the_end) {
    at_the_end ? complain(problem) : log.log(LogLevel::warning, problem);
  };
  try {
    writer_.emplace(job, settings_.output, on_problem);
  } catch (const std::system_error& error) {
    parts_.log.log(LogLevel::warning, fmt::format("no {}: {}", status_file, one_line(error.what())));
  }
  tick(RunState::Clock::now());
}

void StatusReport::tick(RunState::Clock::time_point now) {
  if (!parts_.state.job_is_open()) return;
  see_stages(now);
  if (now < due_ && due_ - now <= interval) return;  // the clock goes back after a suspension
  due_ = now + interval;
  JobStatus next = status(now);
  resident_bytes_ = 0;
  for (const WorkerView& worker : next.workers) resident_bytes_ += worker.resident_bytes;
  parts_.metrics.take(next, now);
  // Whatever is left out because nobody reads it, the next object tells.
  if (settings_.progress == ProgressMode::json) say_if_possible(progress_json(next));
  if (writer_) writer_->submit(std::move(next));
}

void StatusReport::finish(int exit_code, const std::string& reason) {
  JobStatus last = status(RunState::Clock::now());
  last.phase = JobPhase::finished;
  last.ledger = parts_.report.ledger;
  last.files_per_s = 0;
  last.eta_s = std::nullopt;
  last.workers.clear();
  last.exit_code = exit_code;
  last.reason = reason;
  parts_.metrics.finish(last);
  if (settings_.progress == ProgressMode::json) say(progress_json(last));
  if (writer_) writer_->submit(std::move(last));
  const auto deadline = BackgroundWriter::Clock::now() + BackgroundWriter::patience;
  parts_.metrics.end(deadline);
  if (writer_) writer_->end(deadline);
  writer_.reset();
}

JobPhase StatusReport::phase() const {
  if (parts_.state.stopping()) return JobPhase::stopping;
  if (!parts_.state.worker_was_ready()) return JobPhase::starting;
  return parts_.feed.totals() ? JobPhase::running : JobPhase::scanning;
}

JobStatus StatusReport::status(RunState::Clock::time_point now) const {
  const RunReport& report = parts_.report;
  const Progress progress = parts_.progress.now();
  const LogCollector::Counts log = parts_.log.counts();
  const double elapsed = seconds(now - parts_.state.began());
  const std::int64_t wall_clock = realtime_ns();
  const auto totals = parts_.feed.totals();
  // A stop ends the scan.
  const bool all_found = totals && (!parts_.state.stop() || parts_.state.all_inputs_were_found());
  JobStatus status{
      .phase = phase(),
      .pid = ::getpid(),
      .host = host_name(),
      .command = report.command,
      .started_ns = std::chrono::nanoseconds(report.started.time_since_epoch()).count(),
      .updated_ns = wall_clock,
      .elapsed_s = elapsed,
      .ledger = progress.ledger,
      .scan_complete = all_found,
      .files_per_s = progress.files_per_second,
      .mean_files_per_s = elapsed > 0 ? static_cast<double>(progress.ledger.finished()) / elapsed : 0,
      .eta_s = seconds_left(progress),
      .input_bytes = report.input_bytes,
      .output_bytes = report.output_bytes,
      .restarts = report.restarts,
      .retries = report.retries,
      .crashes = report.crashes,
      .log_written = log.written,
      .log_dropped = log.dropped};
  if (totals) status.ledger.ignored = totals->ignored;
  for (unsigned i = 0; i < parts_.pool.size(); ++i) {
    const auto worker = static_cast<WorkerIndex>(i);
    if (parts_.crash_records.life_of(worker) > 0) status.workers.push_back(view(worker, now));
  }
  const auto& problems = parts_.recorder.last_problems();
  status.problems.assign(problems.begin(), problems.end());
  return status;
}

/// A task's stage comes from shared memory, so it may be anything; which task it is does not.
void StatusReport::see_stages(RunState::Clock::time_point now) {
  std::ranges::fill(inputs_, "");
  for (const Dispatcher::InWork& task : parts_.dispatcher.in_work(now)) {
    const std::size_t at = number(task.worker);
    if (at >= seen_.size()) continue;
    const std::string& input = task.assignment->task.input;
    inputs_[at] = input.substr(std::min<std::size_t>(task.assignment->shown_from, input.size()));
    const std::uint32_t stage = parts_.segment.status(task.worker).stage.load(std::memory_order_relaxed);
    SeenStage& seen = seen_[at];
    if (seen.ticket == task.ticket && seen.stage == stage) continue;
    seen = {.ticket = task.ticket, .stage = stage, .since = seen.ticket == task.ticket ? now : task.since};
  }
}

WorkerView StatusReport::view(WorkerIndex worker, RunState::Clock::time_point now) const {
  const std::size_t at = number(worker);
  const pid_t pid = parts_.pool.pid(worker);
  WorkerView view{.name = worker_name(worker),
                  .pid = pid,
                  .incarnation = parts_.crash_records.life_of(worker),
                  .state = "idle",
                  .resident_bytes = pid < 0 ? 0 : private_bytes(pid)};
  if (pid < 0) {
    view.state = "none";
  } else if (!parts_.pool.is_ready(worker)) {
    view.state = "starting";
  } else if (!inputs_[at].empty()) {
    view.state = parts_.memory.waits(worker) ? "waiting for memory" : "busy";
    view.input = inputs_[at];
    view.stage_s = seconds(now - seen_[at].since);
    if (seen_[at].stage < stage_count) view.stage = stage_names[seen_[at].stage];
  }
  return view;
}

}  // namespace wm
