#pragma once

// --scratch: the journal and the log of the run are in a directory of their own, and copied to the job
// directory again and again. Without the option, only what an earlier run with it has left is dealt with.
// Main thread.

#include <memory>
#include <optional>
#include <string>

#include "common/job/temporary_name.h"
#include "supervisor/cli/job_settings.h"
#include "supervisor/job_directory/job_directory.h"
#include "supervisor/journal/evidence_log.h"
#include "supervisor/journal/job_journal.h"
#include "supervisor/log/log_collector.h"
#include "supervisor/scratch/scratch_copier.h"
#include "supervisor/scratch/scratch_directory.h"

namespace wm {

class ScratchJob {
 public:
  /// Borrows them.
  ScratchJob(const JobSettings& settings, LogCollector& log) : settings_(settings), log_(log) {}
  ~ScratchJob();
  ScratchJob(const ScratchJob&) = delete;
  ScratchJob& operator=(const ScratchJob&) = delete;

  /// Once the job is locked: makes and locks the scratch directory, so that a refused one changes nothing,
  /// and puts a journal that a dead run has left on this machine into the job directory. Throws UsageError,
  /// JobHeld, std::system_error.
  void take_left(const JobDirectory& job, RunToken run);
  /// Where the journal is from now on: the scratch directory, with a copy of the journal, or `job`. Throws
  /// UsageError, sqlite::Error, std::system_error.
  [[nodiscard]] JobDirectory begin(const JobDirectory& job);
  [[nodiscard]] JournalReaders readers() const noexcept {
    return scratch_ ? JournalReaders::some : JournalReaders::none;
  }
  void open_log(const JobDirectory& job) const;
  /// Once the run has begun in the journal: takes over what earlier runs have left, from which the journal
  /// removes what is settled. If this run dies, the next one sees which of it the journal has recorded since.
  void keep_in_doubt(std::shared_ptr<UnrecordedOutputs::InDoubt> in_doubt);
  /// When the run has begun in the journal. `check`: see ScratchCopier.
  void watch(JobJournal& journal, ScratchCopier::Check check = {});

  /// `stopping`: a copy is made at once, since there may be no time for the last one.
  void tick(bool stopping);

  /// Before the log is closed: no further copy is made until finish().
  void pause();
  struct End {
    bool journal_is_whole = true;  // everything was recorded
  };
  /// The last copy. What is in the scratch directory is removed if that has succeeded. Returns why it has
  /// failed, with what to do; "" when all is well.
  [[nodiscard]] std::string finish(const End& end);

 private:
  void make_directory(const JobDirectory& job);
  [[nodiscard]] bool keeps_log() const;
  void keep_what_is_in_doubt() const;

  const JobSettings& settings_;
  LogCollector& log_;
  std::optional<JobDirectory> job_;
  RunToken run_{};
  std::optional<ScratchDirectory> scratch_;
  std::shared_ptr<EvidenceLog> evidence_;
  std::shared_ptr<UnrecordedOutputs::InDoubt> in_doubt_;
  std::optional<ScratchCopier> copier_;
  bool had_journal_ = false;
  bool was_stopping_ = false;
};

}  // namespace wm
