#include "supervisor/run/scratch_job.h"

#include <exception>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "supervisor/cli/settings_draft.h"
#include "supervisor/journal/journal_files.h"
#include "supervisor/journal/output_tree.h"
#include "supervisor/run/job_files.h"
#include "supervisor/scratch/scratch_journal.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {

ScratchJob::~ScratchJob() {
  if (scratch_ && !evidence_) scratch_->remove_if_empty();  // the run was refused
}

void ScratchJob::make_directory(const JobDirectory& job) {
  try {
    scratch_ = ScratchDirectory::make(absolute(settings_.scratch), job);
  } catch (const std::system_error& error) {
    throw UsageError(fmt::format("{}; choose another --scratch", one_line(error.what())));
  }
  scratch_->obey(job);
}

void ScratchJob::take_left(const JobDirectory& job, RunToken run) {
  run_ = run;
  job_ = job;
  if (!settings_.scratch.empty()) make_directory(job);
  const LeftScratch left = take_left_scratch(job, run, scratch_ ? &*scratch_ : nullptr);
  // It may have been the damaged one.
  if (scratch_ && !scratch_->is_at(scratch_->directory().path())) make_directory(job);
  if (!left.words.empty()) log_.log(LogLevel::warning, left.words);
}

JobDirectory ScratchJob::begin(const JobDirectory& job) {
  if (!scratch_) return job;
  had_journal_ = job.has(journal_file);
  begin_scratch(job, *scratch_, run_, settings_.run.durability);
  const auto sync =
      settings_.run.durability == Durability::none ? EvidenceLog::Sync::no : EvidenceLog::Sync::yes;
  evidence_ = std::make_shared<EvidenceLog>(job, run_, sync);
  return scratch_->directory();
}

/// A log that the user has named, or that is rotated, is where it always is.
bool ScratchJob::keeps_log() const {
  return scratch_ && !settings_.log.rotation && settings_.log.file == default_log_file(settings_);
}

void ScratchJob::open_log(const JobDirectory& job) const {
  if (!keeps_log()) return log_.open_file(job);
  log_.open_file(scratch_->directory(), scratch_->directory().path_of(scratch_log_file));
}

void ScratchJob::watch(JobJournal& journal, ScratchCopier::Check check) {
  if (!scratch_) return;
  journal.keep_evidence(evidence_);
  copier_.emplace(ScratchCopier::Parts{.job = *job_,
                                       .scratch = scratch_->directory(),
                                       .run = run_,
                                       .evidence = evidence_,
                                       .copies_log = keeps_log()},
                  std::move(check),
                  [this](LogLevel level, const std::string& words) { log_.log(level, words); });
  // So that there is something to read, and to go on from.
  copier_->start(had_journal_ ? ScratchCopier::First::later : ScratchCopier::First::at_once);
}

void ScratchJob::tick(bool stopping) {
  if (copier_ && stopping && !was_stopping_) copier_->request();
  was_stopping_ = stopping;
}

void ScratchJob::pause() {
  if (copier_) copier_->pause();
}

void ScratchJob::keep_in_doubt(std::shared_ptr<UnrecordedOutputs::InDoubt> in_doubt) {
  in_doubt_ = std::move(in_doubt);
  try {
    wm::keep_in_doubt(*job_, run_, *in_doubt_);
  } catch (const JobHeld&) {
    throw;
  } catch (const std::exception&) {
    // The files of the runs before stay.
  }
}

/// An input may have failed, or not been met. What earlier runs have published is in the journal by now.
void ScratchJob::keep_what_is_in_doubt() const {
  if (!in_doubt_->empty()) {
    const OutputTree outputs(settings_.output);
    const auto is_gone = [&](const auto& output) {
      try {
        return !outputs.look(output.first, OutOfReach::error);
      } catch (const std::system_error&) {
        return false;  // it stays in doubt
      }
    };
    std::erase_if(*in_doubt_, is_gone);
  }
  wm::keep_in_doubt(*job_, run_, *in_doubt_);
}

std::string ScratchJob::finish(const End& end) {
  if (copier_) {
    const auto evidence =
        end.journal_is_whole ? ScratchCopier::Evidence::remove : ScratchCopier::Evidence::keep;
    if (const std::string problem = copier_->finish(evidence); !problem.empty()) {
      return fmt::format(
          "the journal and the log could not be copied to {} ({}); they are kept in {}: see to the disk of "
          "what is named first, then run the same command again on this machine",
          shown_path(job_->path()), problem, shown_path(scratch_->directory().path()));
    }
  }
  try {
    if (copier_) {
      if (end.journal_is_whole) evidence_->remove_all();
      remove_scratch_note(*job_);
      scratch_->remove();
    }
    if (in_doubt_ && end.journal_is_whole) keep_what_is_in_doubt();
    return {};
  } catch (const std::exception& error) {
    return one_line(error.what());
  }
}

}  // namespace wm
