#pragma once

// Turns deaths into reports: a separate thread analyses them one at a time, so that neither the job nor its
// main thread waits. Of identical deaths only the first few are reported in full; the rest are counted, so
// that any number of them costs little time and disk space.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "common/job/job_description.h"
#include "common/job/temporary_name.h"
#include "supervisor/crash/analyzer_process.h"
#include "supervisor/crash/crash_directory.h"
#include "supervisor/crash/death_facts.h"
#include "supervisor/crash/report_writer.h"

namespace wm {

class CrashReporter {
 public:
  using Settings = ReportWriter::Settings;
  struct Callbacks {  // on the reporter's thread; problem may also come from the main thread
    ReportWriter::Done done;
    std::function<void(const std::string&)> problem;  // called once at most
    /// recover() has found so many deaths, and left so many more crash records unread; a run removes these.
    std::function<void(std::size_t found, std::size_t unread)> recovered;
    ReportWriter::Discard discard;  // also from the main thread
  };

  /// Deaths are queued until open().
  CrashReporter(Settings settings, AnalyzerProcess analyzer, Callbacks callbacks);
  /// Same as finish() without patience.
  ~CrashReporter();
  CrashReporter(const CrashReporter&) = delete;
  CrashReporter& operator=(const CrashReporter&) = delete;

  /// From now on reports are written to JOB_DIR/crashes. Main thread, once. Throws UsageError,
  /// std::system_error.
  void open(JobDirectory job);
  [[nodiscard]] bool is_open() const noexcept { return writer_.is_open(); }
  /// Stores the job's description there, so that crashes can be replayed. A full disk is reported as a
  /// problem, but has no other effect. Main thread, after open(), before the first death is taken.
  void keep_job(const JobDescription& job);

  /// Main thread; never blocks.
  void take(DeathFacts facts);

  /// Reports on workers whose crashes were left unreported when an earlier supervisor died, after the deaths
  /// of this run, so that they delay nothing. Crash records of the run `own_run` are kept; of all others,
  /// those without a death are removed. Main thread, after open() and before keep_job(); never blocks.
  void recover(std::optional<RunToken> own_run);

  /// Waits until all deaths have been reported, at most `patience`. True: they have. Main thread.
  [[nodiscard]] bool wait_until_idle(std::chrono::milliseconds patience);

  /// Waits until all deaths have been reported. After `patience` the analyzer is stopped, and the remaining
  /// deaths get a report without an analysis. Ends the thread.
  void finish(std::chrono::milliseconds patience);

  /// After open().
  [[nodiscard]] const CrashDirectory& directory() const { return writer_.directory(); }
  /// Whether deaths are waiting for open(). Main thread.
  [[nodiscard]] bool has_waiting();

 private:
  void run();
  void find_left_deaths(std::optional<RunToken> own_run);
  void complain(const std::string& problem);

  const Callbacks callbacks_;
  ReportWriter
      writer_;  // used before the thread starts, then by the thread only, except for constant members
  std::string job_file_;  // relative to the directory, "" without one; main thread only

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<DeathFacts> waiting_;
  std::string left_job_file_;                        // of the previous run
  std::optional<std::optional<RunToken>> recovery_;  // requested, but not begun
  bool working_ = false;
  bool hurry_ = false;  // no more analyses
  bool ending_ = false;
  std::stop_source stop_analysis_;

  // used by the thread only
  std::deque<DeathFacts> left_;          // of earlier runs
  std::atomic<bool> complained_{false};  // by any thread
  std::thread thread_;
};

/// "2 workers had crashed when the last run died"; "" when none had.
[[nodiscard]] std::string recovery_words(std::size_t found, std::size_t unread);

}  // namespace wm
