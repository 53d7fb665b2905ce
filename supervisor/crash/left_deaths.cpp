#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

#include "common/job/log_level.h"
#include "common/job/outcome.h"
#include "supervisor/analyzer/snapshot_reader.h"
#include "supervisor/crash/crash_desk.h"
#include "supervisor/log/log_collector.h"
#include "supervisor/log/log_format.h"
#include "supervisor/pool/crash_cells.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr auto handler_patience = 2500ms;  // the handler's own guard strikes after 2 s

CellState state_of(const CrashCellHead& head) {
  return static_cast<CellState>(head.state.load(std::memory_order_acquire));
}

/// What the worker logged last, from its own notes: the lane has gone with the supervisor.
std::vector<DeathLogLine> log_lines(const CrashCellHead& head) {
  std::vector<DeathLogLine> lines;
  const std::uint64_t end = head.log_lines.load(std::memory_order_acquire);
  for (std::uint64_t i = end - std::min<std::uint64_t>(end, cell_log_lines); i != end; ++i) {
    const CellLogLine& line = head.log[i % cell_log_lines];
    std::string text;
    LogFormatter(LogFormat::text)
        .append(text, {.time_ns = line.time_ns,
                       .name = worker_name(static_cast<WorkerIndex>(head.worker % max_workers)),
                       .level = static_cast<LogLevel>(std::min<std::uint32_t>(line.level, 4)),
                       .message = std::string(line.text, std::min<std::size_t>(line.bytes, cell_log_text)),
                       .sequence = 0,
                       .task = line.task});
    if (!text.empty()) text.pop_back();  // the end of the line
    lines.push_back({.text = std::move(text), .task = line.task});
  }
  return lines;
}

DeathFacts facts_from(MappedCell cell, const std::string& name) {
  DeathFacts facts;
  const CrashCellHead& head = cell.head();
  facts.worker = head.worker + 1;
  facts.pid = head.pid;
  facts.words = "died, and its supervisor with it";
  const std::uint64_t tasks = head.tasks.load(std::memory_order_acquire);
  if (head.task.load(std::memory_order_acquire) != 0 && tasks > 0) {
    const CellTask& task = head.history[(tasks - 1) % cell_history];
    facts.task = DeathTask{.id = task.task,
                           .attempt = task.attempt,
                           .input = {task.path, std::min<std::size_t>(task.path_bytes, max_path_bytes)},
                           .output = {}};
    facts.task->output = std::filesystem::path(facts.task->input).filename().string();
    const auto stage = head.stage.load(std::memory_order_relaxed);
    if (stage < stage_count) facts.stage = stage_names[stage];
  }
  try {
    const Snapshot snapshot = read_snapshot(cell.fd(), area_of_death);
    facts.time_ns = snapshot.header->time_ns;
    if (snapshot.header->kind == static_cast<std::uint32_t>(SnapshotKind::fault))
      facts.signal = snapshot.header->signal;
    facts.exit_code = snapshot.header->exit_status;
  } catch (const std::exception&) {
    facts.signal = SIGKILL;  // the handler came to nothing before everything ended
    facts.time_ns = static_cast<std::int64_t>(head.started_ns);
  }
  facts.log = log_lines(head);
  facts.cell_file = name;
  facts.cell.emplace(std::move(cell));
  return facts;
}

}  // namespace

std::vector<DeathFacts> left_deaths(const JobDirectory& job) {
  std::vector<DeathFacts> deaths;
  const auto cells = CrashDirectory(job).cells();
  if (!cells) return deaths;
  for (const std::string& name : cells->names()) {
    if (!name.ends_with(".cell")) continue;
    try {
      auto cell = MappedCell::attach(cells->open_file(name, O_RDWR));
      const auto deadline = std::chrono::steady_clock::now() + handler_patience;
      while (state_of(cell.head()) == CellState::dying && lives(cell.head()) &&
             std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(20ms);
      }
      const CellState state = state_of(cell.head());
      if (state == CellState::dying || state == CellState::recorded || state == CellState::parked) {
        deaths.push_back(facts_from(std::move(cell), name));
        continue;
      }
      if (lives(cell.head())) continue;
    } catch (const std::exception&) {
      // Not a cell of this version: nothing can be said of it.
    }
    cells->remove(name);
  }
  return deaths;
}

}  // namespace wm
