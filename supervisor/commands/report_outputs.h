#pragma once

// The outputs that the options of `report` and `report merge` ask for. One thread.

#include <optional>
#include <string>
#include <vector>

#include "supervisor/cli/subcommand.h"
#include "supervisor/commands/report_output.h"
#include "supervisor/commands/spool.h"
#include "supervisor/journal/job_history.h"

namespace wm {

/// What is printed comes only after the journals are closed: the reader of a list of inputs may be a run of
/// the same job, which begins with the first of them.
struct ReportOutputs {
  std::optional<ReportOutput> json, csv, html, failed0;
  std::string page;  // where the HTML report goes

  /// Throws UsageError.
  explicit ReportOutputs(const SubcommandLine& line);

  [[nodiscard]] bool any() const { return json || csv || html || failed0; }
  /// Before the first row.
  void begin_rows();
  /// In the table, and in the list of those that failed.
  void add_row(const InputHistory& input, const std::string& output_directory);
  /// Likewise, but only if end_shard() says later that the rows of the shard count. Memory is bounded.
  void hold_row(const InputHistory& input, const std::string& output_directory);
  void end_shard(bool count);
  /// Nothing is printed and no file has its name before all of it is written. False: standard output failed.
  /// Throws UsageError, std::system_error.
  [[nodiscard]] bool commit();

 private:
  std::optional<Spool> held_csv_, held_failed0_;
  [[nodiscard]] std::vector<ReportOutput*> wanted();
  void check_places();
};

}  // namespace wm
