#pragma once

// The crash records of the workers that live: one file for each life, in JOB_DIR/crashes/cells. Main thread.
//
// Before the job directory exists, a crash record is a file without a name on the same file system and gets
// its name when the job opens; where that is not possible, it is a memory file: then a death is lost if the
// supervisor dies, too.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/crash/mapped_crash_record.h"
#include "common/job/task.h"
#include "common/job/temporary_name.h"
#include "supervisor/job_directory/job_directory.h"
#include "supervisor/pool/crash_record_file.h"

namespace wm {

struct EndedCrashRecord {
  CrashRecordFile crash_record;
  std::string name;  // in JOB_DIR/crashes/cells; "" when it has none
};

class CrashRecords {
 public:
  /// `near` is a path on the file system on which crash records are to lie; it need not exist.
  CrashRecords(unsigned workers, RunToken run, std::string near)
      : run_(run), near_(std::move(near)), lives_(workers), incarnations_(workers) {}
  /// The end of the names of a run's crash records.
  [[nodiscard]] static std::string name_ending(RunToken run);
  /// Removes those that were not taken.
  ~CrashRecords();
  CrashRecords(const CrashRecords&) = delete;
  CrashRecords& operator=(const CrashRecords&) = delete;

  /// A crash record for the next life of this worker, whose last one was taken. A full disk makes it a memory
  /// file. Throws std::system_error when not even that can be had.
  [[nodiscard]] const CrashRecordFile& begin_life(WorkerIndex worker);
  /// What the worker that lives is at; null when there is none.
  [[nodiscard]] const CrashRecordFile* of(WorkerIndex worker) const noexcept {
    const auto& life = lives_[number(worker)];
    return life ? &life->crash_record : nullptr;
  }
  /// Workers of lives that begin from now on wait for a debugger when they crash.
  void park_the_dying() noexcept { park_ = true; }
  /// The job directory is open: makes that of the crash records, and gives names to those without. What is in
  /// the way of it throws UsageError; a crash record that gets no name for other reasons does its work, too.
  void open_directory(const JobDirectory& job);
  /// The crash record of a life that ended; none when none had begun. The caller removes it.
  [[nodiscard]] std::optional<EndedCrashRecord> take(WorkerIndex worker) noexcept;
  /// Removes the file of a crash record that was taken.
  void remove(const EndedCrashRecord& crash_record) const;
  /// From now on remove() and the destructor leave the files: the journal cannot say any more which outputs
  /// were published, and the next run learns it from them.
  void keep_for_next_run() noexcept { kept_ = true; }

 private:
  struct NewCrashRecord {
    MappedCrashRecord crash_record;
    std::string name;
  };
  [[nodiscard]] std::string name_for(WorkerIndex worker) const;
  [[nodiscard]] NewCrashRecord make(WorkerIndex worker) const;

  RunToken run_;
  bool kept_ = false;
  std::string near_;
  std::optional<JobDirectory> crash_records_;  // once it is there
  bool park_ = false;
  std::vector<std::optional<EndedCrashRecord>> lives_;
  std::vector<std::uint32_t> incarnations_;
};

}  // namespace wm
