#pragma once

// The crash records of living workers: one file per life, in JOB_DIR/crashes/cells. Main thread.
//
// A crash record proves which outputs its worker has published. So the file of a life that ended stays until
// the journal has committed them: if the run dies before, the next one finds them there.
//
// Before the job directory exists, a crash record is an unnamed file on the same file system and gets its
// name when the job opens. Where that is not possible, it is a memory file: then the record of a death is
// lost if the supervisor dies, too.

#include <cstdint>
#include <deque>
#include <mutex>
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
  std::string name;  // in JOB_DIR/crashes/cells; "" without a name
};

class CrashRecords {
 public:
  /// `near` is a path on the file system where crash records are to be stored; it need not exist.
  CrashRecords(unsigned workers, RunToken run, std::string near)
      : run_(run), near_(std::move(near)), lives_(workers), incarnations_(workers) {}
  /// The suffix of the names of a run's crash records.
  [[nodiscard]] static std::string name_suffix(RunToken run);
  /// Calls close().
  ~CrashRecords() { close(); }
  CrashRecords(const CrashRecords&) = delete;
  CrashRecords& operator=(const CrashRecords&) = delete;

  /// Makes a crash record for the next life of this worker; the record of its previous life has been taken.
  /// On a full disk it is a memory file. Throws std::system_error when even that fails.
  [[nodiscard]] const CrashRecordFile& begin_life(WorkerIndex worker);
  /// The crash record of the worker's current life; null when it is not running.
  [[nodiscard]] const CrashRecordFile* of(WorkerIndex worker) const noexcept {
    const auto& life = lives_[number(worker)];
    return life ? &life->crash_record : nullptr;
  }
  /// How many lives of this worker have begun.
  [[nodiscard]] std::uint32_t life_of(WorkerIndex worker) const noexcept {
    return incarnations_[number(worker)];
  }
  /// Workers of lives that begin from now on wait for a debugger when they crash.
  void park_the_dying() noexcept { park_ = true; }
  /// The job directory is open: creates the directory of the crash records in it, and names the unnamed ones.
  /// Throws UsageError when something is in its way; a crash record that cannot be named for other reasons
  /// remains usable.
  void open_directory(const JobDirectory& job);
  /// The crash record of a life that ended; none when no life had begun. The caller calls remove_later().
  [[nodiscard]] std::optional<EndedCrashRecord> take(WorkerIndex worker) noexcept;
  /// The file of a crash record that was taken is needed only as a proof. "": there is no file. Any thread.
  void remove_later(std::string name);
  /// Removes the files whose proofs are recorded. `recorded`: number of entries that the journal was given,
  /// with all that the workers did whose files were given to remove_later() before; `committed`: number of
  /// those among them, in their order, that are committed.
  void remove_proved(std::uint64_t recorded, std::uint64_t committed);
  /// Removes all files. No life may begin after that.
  void close();
  /// From now on all files stay: the journal does not record any more which outputs were published, and the
  /// next run learns it from the crash records.
  void keep_for_next_run() noexcept { kept_ = true; }

 private:
  struct NewCrashRecord {
    MappedCrashRecord crash_record;
    std::string name;
  };
  [[nodiscard]] std::string name_for(WorkerIndex worker) const;
  [[nodiscard]] NewCrashRecord make(WorkerIndex worker) const;
  void remove(const std::string& name) const;

  struct Proof {
    std::string name;
    std::optional<std::uint64_t> recorded_by;  // the journal's entry
  };

  RunToken run_;
  bool kept_ = false;
  std::string near_;
  std::optional<JobDirectory> crash_records_;  // once its directory exists
  bool park_ = false;
  std::vector<std::optional<EndedCrashRecord>> lives_;
  std::vector<std::uint32_t> incarnations_;
  std::mutex mutex_;
  std::deque<Proof> proofs_;  // of lives that ended
};

}  // namespace wm
