#include "supervisor/run/unkillable_workers.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "supervisor/cli/exit_code.h"
#include "supervisor/log/log_format.h"
#include "supervisor/run/outcome_recorder.h"
#include "supervisor/text/counted.h"

namespace wm {

void UnkillableWorkers::tick(WorkerPool::Clock::time_point now) {
  for (const WorkerPool::Unkillable& worker : parts_.pool.take_unkillable(now)) take_task(worker);
}

void UnkillableWorkers::take_task(const WorkerPool::Unkillable& worker) {
  parts_.memory.end_worker(worker.worker);
  // If the segment is being repaired, everything is swept at once at the end.
  auto taken =
      parts_.repair.needed() ? std::vector<Dispatcher::Returned>{} : parts_.dispatcher.sweep(worker.worker);
  const Assignment* const task = taken.empty() ? nullptr : &taken.front().assignment;
  const auto stage = parts_.segment.status(worker.worker).stage.load(std::memory_order_relaxed);
  const std::string_view stage_name = stage < stage_count ? stage_names[stage] : "unknown";
  const std::string doing =
      task != nullptr ? fmt::format(" in stage {} of {}", stage_name, shown(*task)) : std::string();
  parts_.log.log(LogLevel::error,
                 fmt::format("{} (pid {}) cannot be killed{}: its file system or device does not answer; "
                             "the run goes on without it",
                             worker_name(worker.worker), worker.pid, doing),
                 parts_.log.fields([&] {
                   LogFields fields{.event = LoggedEvent::worker_unkillable, .worker = worker.worker};
                   if (task != nullptr) {
                     fields.input = shown_input(*task);
                     fields.stage = stage_name;
                     fields.attempt = task->task.attempt;
                   }
                   return fields;
                 }));
  workers_[worker.worker] = std::move(taken);
}

bool UnkillableWorkers::have_tasks() const {
  return std::ranges::any_of(workers_, [](const auto& worker) { return !worker.second.empty(); });
}

void UnkillableWorkers::stop_if_alone(bool all_done) {
  if (workers_.empty() || parts_.state.stopping()) return;
  if (all_done ? !have_tasks() : workers_.size() < parts_.pool.size()) return;
  parts_.state.request_stop(
      {.exit_code = exit_halted,
       .reason = fmt::format("{} cannot be killed: the file system or device does not answer",
                             counted(workers_.size(), "worker", "workers")),
       .advice = "make it answer, or end what holds it up, and run the same command again"},
      RunState::Clock::now());
}

std::vector<Dispatcher::Returned> UnkillableWorkers::take(WorkerIndex worker) {
  auto node = workers_.extract(worker);
  return node ? std::move(node.mapped()) : std::vector<Dispatcher::Returned>{};
}

void UnkillableWorkers::leave_behind() {
  for (const auto& [worker, tasks] : workers_) {
    (void)parts_.crash_records.take(worker);  // its file stays
    for (const Dispatcher::Returned& returned : tasks) {
      const Assignment& assignment = returned.assignment;
      parts_.log.log(
          LogLevel::warning, worker,
          fmt::format("{}: the worker cannot be killed; it waits for the next run", shown(assignment)),
          number(assignment.task.id), parts_.log.fields([&] {
            return LogFields{.event = LoggedEvent::postponed,
                             .input = shown_input(assignment),
                             .attempt = assignment.task.attempt};
          }));
    }
  }
}

}  // namespace wm
