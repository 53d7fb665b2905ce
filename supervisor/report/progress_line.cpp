#include "supervisor/report/progress_line.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "supervisor/report/amounts.h"

namespace wm {
namespace {

constexpr std::size_t shortest_bar = 8;
constexpr std::size_t longest_bar = 40;
constexpr std::size_t roomy = 100;          // columns in which the longer texts of parts are shown
constexpr double longest_estimate = 3.6e6;  // seconds
constexpr std::string_view gap = "  ";

/// In the order in which parts are dropped: the last one first.
enum class Importance : std::uint8_t {
  position,  // the percentage or, while the total is unknown, the count
  failures,
  time_left,
  bar,
  rate,
  elapsed,
  count,
  unmarked,
  workers,
  up_to_date,
};

/// All texts are ASCII; the bar is made when its width is known.
struct Part {
  Importance importance{};
  std::string text;
  std::size_t columns = text.size();
};

std::string failures_text(const Ledger& ledger, bool room) {
  if (!room || ledger.quarantined == 0) return fmt::format("{} failed", ledger.failed + ledger.quarantined);
  if (ledger.failed == 0) return fmt::format("{} quarantined", ledger.quarantined);
  return fmt::format("{} failed, {} quarantined", ledger.failed, ledger.quarantined);
}

std::vector<Part> parts_of(const Progress& progress, bool room) {
  const Ledger& ledger = progress.ledger;
  const std::uint64_t finished = ledger.finished();
  std::vector<Part> parts;
  const auto add = [&](Importance importance, std::string text) {
    parts.push_back({.importance = importance, .text = std::move(text)});
  };
  if (progress.scan_finished && ledger.inputs > 0) {
    parts.push_back({.importance = Importance::bar, .text = {}, .columns = shortest_bar});
    add(Importance::position,
        fmt::format("{:>3} %", std::min(finished, ledger.inputs) * 100 / ledger.inputs));
    add(Importance::count, fmt::format("{}/{}", finished, ledger.inputs));
  } else {
    add(Importance::position,
        fmt::format("{}/{}{}", finished, ledger.inputs, progress.scan_finished ? "" : "+"));
  }
  add(Importance::rate, fmt::format("{:.1f}{}", progress.files_per_second, room ? " pictures/s" : "/s"));
  add(Importance::elapsed, duration_text(progress.elapsed.count()));
  const auto left = seconds_left(progress);
  if (progress.stopping) {
    add(Importance::time_left, "stopping");
  } else if (left) {
    add(Importance::time_left, "ETA " + duration_text(*left));
  }
  if (ledger.failed + ledger.quarantined > 0) add(Importance::failures, failures_text(ledger, room));
  if (ledger.unmarked > 0) add(Importance::unmarked, fmt::format("{} unmarked", ledger.unmarked));
  if (ledger.up_to_date > 0) add(Importance::up_to_date, fmt::format("{} up to date", ledger.up_to_date));
  if (!progress.workers.empty()) add(Importance::workers, fmt::format("[{}]", progress.workers));
  return parts;
}

std::size_t columns_of(const std::vector<Part>& parts) {
  std::size_t columns = 0;
  for (const Part& part : parts) columns += part.columns + (columns > 0 ? gap.size() : 0);
  return columns;
}

std::string bar_text(const Ledger& ledger, std::size_t columns, bool utf8) {
  const std::size_t inside = utf8 ? columns : columns - 2;
  const double done = static_cast<double>(ledger.finished()) / static_cast<double>(ledger.inputs);
  const auto filled =
      std::min(inside, static_cast<std::size_t>(std::clamp(done, 0.0, 1.0) * static_cast<double>(inside)));
  std::string bar;
  for (std::size_t i = 0; i < inside; ++i) {
    if (utf8) {
      bar += i < filled ? "█" : "░";
    } else {
      bar += i < filled ? '#' : '-';
    }
  }
  return utf8 ? bar : "[" + bar + "]";
}

}  // namespace

std::string short_duration(std::chrono::seconds duration) {
  const auto seconds = duration.count();
  if (seconds >= 3600) return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

std::optional<double> seconds_left(const Progress& progress) {
  if (!progress.scan_finished || progress.files_per_second <= 0) return std::nullopt;
  const double seconds = static_cast<double>(progress.ledger.pending()) / progress.files_per_second;
  return seconds < longest_estimate ? std::optional(seconds) : std::nullopt;
}

std::string progress_line(const Progress& progress) {
  const Ledger& ledger = progress.ledger;
  const std::uint64_t finished = ledger.finished();
  std::string line = fmt::format("{}/{}{}", finished, ledger.inputs, progress.scan_finished ? "" : "+");
  if (progress.scan_finished && ledger.inputs > 0)
    line += fmt::format(" ({} %)", finished * 100 / ledger.inputs);
  line += fmt::format("  {:.1f} files/s", progress.files_per_second);
  if (const auto left = seconds_left(progress)) line += "  ETA " + duration_text(*left);
  if (ledger.unmarked > 0) line += fmt::format("  {} unmarked", ledger.unmarked);
  if (ledger.up_to_date > 0) line += fmt::format("  {} up to date", ledger.up_to_date);
  if (ledger.failed > 0) line += fmt::format("  {} failed", ledger.failed);
  if (ledger.quarantined > 0) line += fmt::format("  {} quarantined", ledger.quarantined);
  if (!progress.workers.empty()) line += fmt::format("  [{}]", progress.workers);
  return line;
}

std::string terminal_line(const Progress& progress, const LineStyle& style) {
  std::vector<Part> parts = parts_of(progress, style.columns >= roomy);
  std::size_t columns = columns_of(parts);
  for (; columns > style.columns && parts.size() > 1; columns = columns_of(parts))
    parts.erase(std::ranges::max_element(parts, {}, &Part::importance));
  if (columns > style.columns) return {};  // a part of a number would be another number
  std::string line;
  for (const Part& part : parts) {
    if (!line.empty()) line += gap;
    if (part.importance == Importance::bar) {
      const std::size_t bar = std::min(longest_bar, part.columns + style.columns - columns);
      line += bar_text(progress.ledger, bar, style.utf8);
    } else if (part.importance == Importance::failures && style.colour) {
      line += "\033[31m" + part.text + "\033[39m";
    } else {
      line += part.text;
    }
  }
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
