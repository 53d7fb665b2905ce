#include "supervisor/report/run_summary.h"

#include <fmt/format.h>

#include "supervisor/report/amounts.h"
#include "supervisor/text/counted.h"

namespace wm {
namespace {

std::string damage_lines(const RunReport& report) {
  std::string text;
  if (report.damaged > 0) {
    text += counted(report.damaged, "damaged picture: only its readable part is marked; see the log\n",
                    "damaged pictures: only their readable parts are marked; see the log\n");
  }
  if (report.corrupt > 0 && report.damaged_pictures == DamagedPictures::fail) {
    text += fmt::format("{} failed; --damaged mark marks what can be read\n",
                        counted(report.corrupt, "damaged file", "damaged files"));
  }
  return text;
}

std::string jpeg_lines(const RunReport& report) {
  std::string text;
  for (std::size_t i = 1; i < jpeg_route_count; ++i) {
    if (report.jpeg_routes[i] > 0)
      text += fmt::format("{:<12} {:>7}\n", jpeg_route_names[i], report.jpeg_routes[i]);
  }
  if (!text.empty()) text.insert(0, fmt::format("\n{:<12} {:>7}\n", "JPEG path", "count"));
  for (const auto& [reason, count] : report.jpeg_reasons) text += fmt::format("{:>20}  {}\n", count, reason);
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

std::string shard_text(const ShardReport& report) {
  return fmt::format("shard {}/{}, {} of other shards", report.shard.index, report.shard.count,
                     counted(report.other_shards, "file", "files"));
}

std::string stage_table(const StageHistograms& stages) {
  std::string text = fmt::format("{:<10} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}\n", "stage", "count", "total s",
                                 "mean ms", "p50 ms", "p95 ms", "p99 ms");
  for (std::size_t i = 0; i < stage_count; ++i) {
    const LatencyHistogram& stage = stages[i];
    text += fmt::format("{:<10} {:>9} {:>9.3f} {:>9.3f} {:>9.3f} {:>9.3f} {:>9.3f}\n", stage_names[i],
                        stage.count(), stage.total_s(), stage.mean_s() * 1e3, stage.quantile_s(0.5) * 1e3,
                        stage.quantile_s(0.95) * 1e3, stage.quantile_s(0.99) * 1e3);
  }
  return text;
}

std::string run_remarks(const RunReport& report) {
  std::string text;
  if (report.unreadable_directories > 0) {
    text += counted(report.unreadable_directories, "directory", "directories") +
            " could not be read: see the log\n";
  }
  if (report.links_not_followed > 0) {
    text += counted(report.links_not_followed, "link", "links") + " not followed: see --links and the log\n";
  }
  return text + damage_lines(report);
}

std::string run_statistics(const RunReport& report) {
  const Phases& phases = report.phases;
  std::string text = fmt::format("{:<10} {:>9}\n", "phase", "s");
  text += fmt::format("{:<10} {:>9.3f}\n", "startup", phases.startup);
  text += fmt::format("{:<10} {:>9.3f}\n", "dispatch", phases.dispatch);
  text += fmt::format("{:<10} {:>9.3f}\n", "collect", phases.collect);
  text += fmt::format("{:<10} {:>9.3f}\n", "shutdown", phases.shutdown);
  text += fmt::format("{:<10} {:>9.3f}\n\n", "total", phases.total);

  return text + stage_table(report.stages) + jpeg_lines(report);
}

std::string run_summary(const RunReport& report, std::string_view log_path, std::string_view report_path) {
  const Ledger& ledger = report.ledger;
  const std::string counts = picture_counts(ledger.inputs,
                                            {{ledger.marked, "marked"},
                                             {ledger.unmarked, "unmarked"},
                                             {ledger.up_to_date, "up to date"},
                                             {ledger.failed, "failed"},
                                             {ledger.quarantined, "quarantined"},
                                             {ledger.pending(), "pending"}},
                                            ledger.ignored) +
                             (report.shard ? "; " + shard_text(*report.shard) : "");
  // Pictures that needed no marking would make a rate that says nothing.
  std::string work =
      ledger.marked > 0 ? fmt::format("{:.1f} pictures/s, ", report.files_per_second()) : std::string();
  work += fmt::format("{}, {}, {} read, {} written", counted(report.workers, "worker", "workers"),
                      short_time_text(report.phases.total), bytes_text(report.input_bytes),
                      bytes_text(report.output_bytes));
  if (report.restarts > 0) work += ", " + counted(report.restarts, "restart", "restarts");
  if (report.retries > 0) work += ", " + counted(report.retries, "retry", "retries");
  return fmt::format("{}\n{}\nlog: {}  report: {}\n", counts, work, log_path, report_path);
}

}  // namespace wm
