#include "supervisor/run/worker_restarts.h"

#include <fmt/format.h>

#include "supervisor/cli/exit_code.h"

namespace wm {
namespace {

constexpr unsigned max_failed_starts = 5;  // with no worker alive

}  // namespace

void WorkerRestarts::after_death(WorkerIndex worker, DeathBlame blame) {
  if (const auto pause = policy_.on_death(blame)) return pool_.pause(worker, *pause);
  state_.request_stop(
      {.exit_code = exit_halted,
       .reason = fmt::format("{} workers died one after another while they had no file in hand",
                             policy_.deaths_without_success())},
      RunState::Clock::now());
}

void WorkerRestarts::start_due(RunState::Clock::time_point now, LogCollector& log) {
  const auto [started, problem] = pool_.start_due(now);
  if (started > 0) failed_starts_ = 0;
  if (!problem) return;
  log.log(LogLevel::error, fmt::format("a worker could not be started: {}", *problem));
  if (pool_.alive() > 0) {
    failed_starts_ = 0;
  } else if (++failed_starts_ >= max_failed_starts) {
    state_.request_stop(
        {.exit_code = exit_halted, .reason = fmt::format("workers cannot be started: {}", *problem)}, now);
  }
}

}  // namespace wm
