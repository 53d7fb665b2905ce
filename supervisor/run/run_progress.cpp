#include "supervisor/run/run_progress.h"

#include <algorithm>
#include <atomic>
#include <string_view>

namespace wm {
namespace {

StderrUse stderr_use(const JobSettings& settings) {
  if (settings.debug.tool_worker) return StderrUse::debugger;
  return settings.log.to_stderr() ? StderrUse::log : StderrUse::messages;
}

}  // namespace

RunProgress::RunProgress(const JobSettings& settings, const Parts& parts)
    : parts_(parts), display_(settings.progress, settings.quiet, stderr_use(settings), parts.state.began()) {}

void RunProgress::tick(RunState::Clock::time_point now) {
  pace_.observe(now, parts_.recorder.ledger().finished());
  if (parts_.state.job_is_open()) display_.tick(now, [this] { return this->now(); });
}

Ledger RunProgress::ledger() const {
  Ledger ledger = parts_.recorder.ledger();
  const std::uint64_t found = parts_.feed.found();
  ledger.inputs = std::max(found - std::min(found, parts_.recorder.duplicates()), ledger.finished());
  return ledger;
}

Progress RunProgress::now() const {
  return {.ledger = ledger(),
          .scan_finished = parts_.feed.totals().has_value(),
          .stopping = parts_.state.phase() == RunState::Phase::stopping,
          .elapsed = RunState::Clock::now() - parts_.state.began(),
          .files_per_second = pace_.files_per_second(),
          .workers = worker_letters()};
}

/// d decode, c compose, e encode, p publish, m waiting for memory, . waiting, * starting, - no worker
std::string RunProgress::worker_letters() const {
  constexpr std::string_view stage_letters = "dcep";
  std::string letters;
  for (unsigned i = 0; i < std::min(parts_.pool.size(), 64U); ++i) {
    const auto worker = static_cast<WorkerIndex>(i);
    const WorkerStatus& status = parts_.segment.status(worker);
    const auto stage = status.stage.load(std::memory_order_relaxed);
    const bool idle = status.task.load(std::memory_order_relaxed) == 0 || stage >= stage_letters.size();
    if (parts_.pool.pid(worker) < 0) {
      letters += '-';
    } else if (!parts_.pool.is_ready(worker)) {
      letters += '*';
    } else if (parts_.memory.waits(worker)) {
      letters += 'm';
    } else {
      letters += idle ? '.' : stage_letters[stage];
    }
  }
  return letters;
}

}  // namespace wm
