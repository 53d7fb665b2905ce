#include "supervisor/report/status_text.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "supervisor/report/amounts.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/utc_time.h"

namespace wm {
namespace {

constexpr std::int64_t fresh_ns = 10'000'000'000;

/// The first `columns` characters of a line, in UTF-8.
std::string cut(std::string line, std::size_t columns) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool continues = (static_cast<unsigned char>(line[i]) & 0xC0U) == 0x80U;
    if (continues || characters++ < columns) continue;
    line.resize(i);
    break;
  }
  return line;
}

std::string headline(const JobStatus& status, JobState state) {
  switch (state) {
    case JobState::running:
      return fmt::format("{} (pid {} on {}), {}", job_phase_names[static_cast<std::size_t>(status.phase)],
                         status.pid, one_line(status.host), duration_text(status.elapsed_s));
    case JobState::finished:
      return fmt::format("finished {} after {}, exit code {}", utc_time(status.updated_ns),
                         duration_text(status.elapsed_s), status.exit_code.value_or(-1));
    case JobState::stopped_early:
      return fmt::format("stopped early {} after {}, exit code {}: {}", utc_time(status.updated_ns),
                         duration_text(status.elapsed_s), status.exit_code.value_or(-1),
                         status.reason.empty() ? "no reason is recorded" : one_line(status.reason));
    case JobState::died:
      break;
  }
  return fmt::format(
      "died after {}: process {} on {} ended without a word after {}; the same command goes on",
      duration_text(status.elapsed_s), status.pid, one_line(status.host), utc_time(status.updated_ns));
}

std::string counts(const JobStatus& status) {
  const Ledger& ledger = status.ledger;
  std::string line =
      fmt::format("{}{} pictures: {} marked", ledger.inputs, status.scan_complete ? "" : "+", ledger.marked);
  const auto add = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) line += fmt::format(", {} {}", count, what);
  };
  add(ledger.unmarked, "unmarked");
  add(ledger.up_to_date, "up to date");
  add(ledger.failed, "failed");
  add(ledger.quarantined, "quarantined");
  add(ledger.pending(), "to do");
  return line;
}

std::string pace(const JobStatus& status) {
  std::string line =
      fmt::format("{:.1f} pictures/s now, {:.1f} on average", status.files_per_s, status.mean_files_per_s);
  if (status.eta_s) line += fmt::format(", done in {}", duration_text(*status.eta_s));
  return line;
}

std::string amounts(const JobStatus& status) {
  std::string line =
      fmt::format("{} read, {} written", bytes_text(status.input_bytes), bytes_text(status.output_bytes));
  if (status.output_free_bytes) line += fmt::format(", {} free", bytes_text(*status.output_free_bytes));
  const auto add = [&](std::uint64_t count, std::string_view one, std::string_view several) {
    if (count > 0) line += fmt::format(", {} {}", count, count == 1 ? one : several);
  };
  add(status.crashes, "crash", "crashes");
  add(status.restarts, "restart", "restarts");
  add(status.log_dropped, "log record dropped", "log records dropped");
  return line;
}

std::string worker_line(const WorkerView& worker) {
  const bool lives = worker.pid >= 0;
  std::string line =
      fmt::format("{:<10} {:>8} {:>9}  ", one_line(worker.name), lives ? std::to_string(worker.pid) : "-",
                  lives ? bytes_text(worker.resident_bytes) : "-");
  if (worker.input.empty()) return line + one_line(worker.state);
  const std::string doing = worker.stage.empty() || worker.state != "busy" ? worker.state : worker.stage;
  return line +
         fmt::format("{} {}  {}", one_line(doing), duration_text(worker.stage_s), shown_path(worker.input));
}

}  // namespace

JobState job_state(const JobStatus& status, bool is_held) {
  if (is_held) return JobState::running;
  if (status.phase != JobPhase::finished) return JobState::died;
  return status.ledger.pending() > 0 || !status.scan_complete ? JobState::stopped_early : JobState::finished;
}

std::string status_text(const JobStatus& status, JobState state, std::int64_t now_ns, std::size_t columns) {
  std::vector<std::string> lines{headline(status, state), counts(status)};
  const bool runs = state == JobState::running;
  if (runs) lines.push_back(pace(status));
  lines.push_back(amounts(status));
  if (runs && now_ns - status.updated_ns > fresh_ns) {
    lines.push_back(fmt::format("This is {} old: the supervisor stands still, or its disk does.",
                                duration_text(static_cast<double>(now_ns - status.updated_ns) / 1e9)));
  }
  if (runs && !status.workers.empty()) lines.emplace_back();
  for (const WorkerView& worker : status.workers) {
    if (runs) lines.push_back(worker_line(worker));
  }
  if (!status.problems.empty()) lines.insert(lines.end(), {"", "The last problems:"});
  for (const Problem& problem : status.problems) {
    lines.push_back(fmt::format("  {}: {}: {}", shown_path(problem.input), name(problem.failure.kind),
                                one_line(problem.failure.message)));
  }
  std::string text;
  for (std::string& line : lines) text += cut(std::move(line), columns) + "\n";
  return text;
}

}  // namespace wm
