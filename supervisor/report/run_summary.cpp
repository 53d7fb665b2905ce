#include "supervisor/report/run_summary.h"

#include <fmt/format.h>

#include "supervisor/text/counted.h"

namespace wm {
namespace {

std::string damage_lines(const RunReport& report) {
  std::string text;
  if (report.damaged > 0) {
    text += fmt::format("of {} what could be read was marked: see the log\n",
                        counted(report.damaged, "damaged file", "damaged files"));
  }
  if (report.corrupt > 0 && report.damaged_pictures == DamagedPictures::fail) {
    text += fmt::format("{} failed; --damaged mark marks what can be read\n",
                        counted(report.corrupt, "damaged file", "damaged files"));
  }
  return text;
}

}  // namespace

std::string ledger_terms(const Ledger& ledger) {
  std::string text = fmt::format("{} marked", ledger.marked);
  if (ledger.unmarked > 0) text += fmt::format(" + {} unmarked", ledger.unmarked);
  return text + fmt::format(" + {} up to date + {} failed + {} quarantined", ledger.up_to_date, ledger.failed,
                            ledger.quarantined);
}

std::string picture_counts(std::uint64_t pictures, std::initializer_list<PictureCount> parts,
                           std::uint64_t ignored) {
  std::string text = counted(pictures, "picture", "pictures");
  std::string_view separator = ": ";
  for (const auto& [count, state] : parts) {
    if (count == 0 && separator != ": ") continue;
    text += fmt::format("{}{} {}", separator, count, state);
    separator = ", ";
  }
  if (ignored > 0) text += fmt::format(" ({} ignored)", counted(ignored, "file", "files"));
  return text;
}

std::string run_summary(const RunReport& report) {
  const Ledger& ledger = report.ledger;
  std::string text = picture_counts(ledger.inputs,
                                    {{ledger.marked, "marked"},
                                     {ledger.unmarked, "unmarked"},
                                     {ledger.up_to_date, "up to date"},
                                     {ledger.failed, "failed"},
                                     {ledger.quarantined, "quarantined"},
                                     {ledger.pending(), "pending"}},
                                    ledger.ignored) +
                     "\n";
  if (report.unreadable_directories > 0) {
    text += counted(report.unreadable_directories, "directory", "directories") +
            " could not be read: see the log\n";
  }
  if (report.links_not_followed > 0) {
    text += counted(report.links_not_followed, "link", "links") + " not followed: see --links and the log\n";
  }

  text += damage_lines(report);

  const Phases& phases = report.phases;
  text += fmt::format(
      "{:.1f} files/s, {}, {}, {}, {:.1f} MB written\n\n", report.files_per_second(),
      counted(report.workers, "worker", "workers"), counted(report.restarts, "restart", "restarts"),
      counted(report.retries, "retry", "retries"), static_cast<double>(report.output_bytes) / 1e6);
  text += fmt::format("{:<10} {:>9}\n", "phase", "s");
  text += fmt::format("{:<10} {:>9.3f}\n", "startup", phases.startup);
  text += fmt::format("{:<10} {:>9.3f}\n", "dispatch", phases.dispatch);
  text += fmt::format("{:<10} {:>9.3f}\n", "collect", phases.collect);
  text += fmt::format("{:<10} {:>9.3f}\n", "shutdown", phases.shutdown);
  text += fmt::format("{:<10} {:>9.3f}\n\n", "total", phases.total);

  text += fmt::format("{:<10} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}\n", "stage", "count", "total s", "mean ms",
                      "p50 ms", "p95 ms", "p99 ms");
  for (std::size_t i = 0; i < stage_count; ++i) {
    const LatencyHistogram& stage = report.stages[i];
    text += fmt::format("{:<10} {:>9} {:>9.3f} {:>9.3f} {:>9.3f} {:>9.3f} {:>9.3f}\n", stage_names[i],
                        stage.count(), stage.total_s(), stage.mean_s() * 1e3, stage.quantile_s(0.5) * 1e3,
                        stage.quantile_s(0.95) * 1e3, stage.quantile_s(0.99) * 1e3);
  }
  return text;
}

}  // namespace wm
