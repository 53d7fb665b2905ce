#include "supervisor/report/progress_line.h"

#include <cmath>

#include <fmt/format.h>

namespace wm {

std::string short_duration(std::chrono::seconds duration) {
  const auto seconds = duration.count();
  if (seconds >= 3600) return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

std::optional<double> seconds_left(const Progress& progress) {
  if (!progress.scan_finished || progress.files_per_second <= 0) return std::nullopt;
  return static_cast<double>(progress.ledger.pending()) / progress.files_per_second;
}

std::string progress_line(const Progress& progress) {
  const Ledger& ledger = progress.ledger;
  const std::uint64_t finished = ledger.finished();
  std::string line = fmt::format("{}/{}{}", finished, ledger.inputs, progress.scan_finished ? "" : "+");
  if (progress.scan_finished && ledger.inputs > 0)
    line += fmt::format(" ({} %)", finished * 100 / ledger.inputs);
  line += fmt::format("  {:.1f} files/s", progress.files_per_second);
  if (const auto left = seconds_left(progress))
    line += fmt::format("  ETA {}", short_duration(std::chrono::seconds(std::llround(*left))));
  if (ledger.unmarked > 0) line += fmt::format("  {} unmarked", ledger.unmarked);
  if (ledger.up_to_date > 0) line += fmt::format("  {} up to date", ledger.up_to_date);
  if (ledger.failed > 0) line += fmt::format("  {} failed", ledger.failed);
  if (ledger.quarantined > 0) line += fmt::format("  {} quarantined", ledger.quarantined);
  if (!progress.workers.empty()) line += fmt::format("  [{}]", progress.workers);
  return line;
}

void Pace::observe(Clock::time_point now, std::uint64_t finished) {
  if (last_) {
    const double seconds = std::chrono::duration<double>(now - *last_).count();
    if (seconds < 0.5) return;
    const double latest = static_cast<double>(finished - last_finished_) / seconds;
    constexpr double memory_s = 5;  // an observation this old has the weight 1/e
    const double keep = pace_ == 0 ? 0 : std::exp(-seconds / memory_s);
    pace_ = keep * pace_ + (1 - keep) * latest;
  }
  last_ = now;
  last_finished_ = finished;
}

}  // namespace wm
