#pragma once

// Keeps the books of a run: the end of each input is counted, logged in one final line, and handed to the
// journal. Main thread.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "supervisor/dispatch/dispatcher.h"
#include "supervisor/journal/journal_thread.h"
#include "supervisor/log/log_collector.h"
#include "supervisor/report/problem_digest.h"
#include "supervisor/report/quarantine_directory.h"
#include "supervisor/report/quarantine_list.h"
#include "supervisor/report/run_report.h"

namespace wm {

/// How far an attempt got that failed.
struct FailedAttempt {
  std::uint64_t elapsed_ns = 0;
  std::string_view stage;  // of stage_names; "": unknown
};

class OutcomeRecorder {
 public:
  /// Counts in `report`. All arguments must outlive the recorder. `output`: the output directory, as given.
  OutcomeRecorder(LogCollector& log, JournalThread& journal, RunReport& report, unsigned retries,
                  const std::string& output)
      : log_(log), journal_(journal), report_(report), retries_(retries), output_(output) {}

  /// An attempt did not fail: the picture is marked, or it has no visible mark and was copied or left out as
  /// the options demand.
  void take_done(const Assignment& assignment, WorkerIndex worker, const Outcome& outcome);

  /// An attempt failed. True: there is another one, and `assignment` is ready for it. False: the input has
  /// ended.
  [[nodiscard]] bool take_failed_attempt(Assignment& assignment, WorkerIndex worker, const Failure& failure,
                                         const FailedAttempt& end);

  /// From now on, quarantined inputs go there as well. Both must outlive the recorder.
  void keep_quarantined(QuarantineList& list, QuarantineDirectory& directory) noexcept {
    quarantine_list_ = &list;
    quarantine_directory_ = &directory;
  }

  /// An input that needed no worker.
  void take_settled(const Admission& admission);

  /// The task was handed out or about to be, but the run stops first: it waits for the next run.
  void take_withdrawn(const Assignment& assignment) { journal_.record_withdrawn(assignment.task.id); }

  /// Outputs of pictures that are counted as done did not reach the disk: they wait for the next run.
  void take_unsynced(const MadeAgain& pictures);

  /// How long a worker spent in each stage, whether the attempt succeeded or not.
  void note_stages(const StageTimes& times);
  /// A dead worker was started again.
  void note_restart() noexcept { ++report_.restarts; }
  /// A death of a worker gets a crash report.
  void note_crash() noexcept { ++report_.crashes; }

  /// As counted so far; without `inputs`, which are not known here.
  [[nodiscard]] const Ledger& ledger() const noexcept { return report_.ledger; }
  /// How many inputs were given again after the first time.
  [[nodiscard]] std::uint64_t duplicates() const noexcept { return duplicates_; }
  /// The last ten inputs that failed or were quarantined, the newest at the end.
  [[nodiscard]] const std::deque<Problem>& last_problems() const noexcept { return last_problems_; }
  /// Of the whole run, for its end.
  [[nodiscard]] const ProblemDigest& digest() const noexcept { return digest_; }

 private:
  void remember(const Assignment& assignment, FinalState state, const Failure& failure,
                std::uint32_t attempts);
  void list_quarantined(const Assignment& assignment, const Failure& failure);
  [[nodiscard]] LogFields fields(LoggedEvent event, const Assignment& assignment) const;
  void log_notes(const Assignment& assignment, WorkerIndex worker, const Published& published);
  void log_done(const Assignment& assignment, WorkerIndex worker, const Outcome& outcome);
  [[nodiscard]] std::string output_of(const Assignment& assignment) const;

  LogCollector& log_;
  JournalThread& journal_;
  RunReport& report_;
  unsigned retries_;
  const std::string& output_;
  QuarantineList* quarantine_list_ = nullptr;
  QuarantineDirectory* quarantine_directory_ = nullptr;
  std::uint64_t duplicates_ = 0;
  std::deque<Problem> last_problems_;
  ProblemDigest digest_;
};

/// The input's path as the user knows it, bytes.
[[nodiscard]] std::string shown_input(const Assignment& assignment);
/// The same, escaped for display.
[[nodiscard]] std::string shown(const Assignment& assignment);

}  // namespace wm
