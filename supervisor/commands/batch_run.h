#pragma once

// A run of a job: wires scan, journal, dispatcher, worker pool and log together and turns until every input
// has its outcome or something stops the run. Main thread.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/cli/job_settings.h"
#include "supervisor/commands/input_feed.h"
#include "supervisor/commands/outcome_desk.h"
#include "supervisor/crash/crash_desk.h"
#include "supervisor/dispatch/announced_outputs.h"
#include "supervisor/dispatch/backlog.h"
#include "supervisor/dispatch/deadline_policy.h"
#include "supervisor/dispatch/dispatcher.h"
#include "supervisor/dispatch/memory_division.h"
#include "supervisor/dispatch/memory_granter.h"
#include "supervisor/event/active_clock.h"
#include "supervisor/event/event_loop.h"
#include "supervisor/event/signal_queue.h"
#include "supervisor/job_directory/job_directory.h"
#include "supervisor/journal/job_lock.h"
#include "supervisor/journal/journal_thread.h"
#include "supervisor/log/log_collector.h"
#include "supervisor/pool/hang_evidence.h"
#include "supervisor/pool/hang_watch.h"
#include "supervisor/pool/idle_policy.h"
#include "supervisor/pool/restart_policy.h"
#include "supervisor/pool/worker_launcher.h"
#include "supervisor/pool/worker_memory.h"
#include "supervisor/pool/worker_pool.h"
#include "supervisor/report/progress_display.h"
#include "supervisor/report/run_report.h"
#include "supervisor/report/service_manager.h"

namespace wm {

class BatchRun {
 public:
  /// Checks what can be checked without touching anything. Throws UsageError, std::system_error.
  BatchRun(JobSettings settings, std::vector<std::string> command);
  ~BatchRun();
  BatchRun(const BatchRun&) = delete;
  BatchRun& operator=(const BatchRun&) = delete;

  /// Returns the exit code. Throws UsageError when the job cannot begin: nothing was touched then.
  [[nodiscard]] int run();

 private:
  using Clock = ActiveClock;

  /// Why the run ends before all inputs have their outcome.
  struct Stop {
    int exit_code = 0;
    std::string reason;
    Clock::time_point deadline;  // for files in progress; shut_down() has its own limits
    std::string advice;          // what to do before the same command is run again; may be empty
    bool all_found = false;      // the scan had come to its end
  };

  // the turns of the loop
  void watch_descriptors();
  void turn();
  [[nodiscard]] bool finished() const;
  [[nodiscard]] Supply supply() const;
  void take_admissions();
  void refill();
  void wake_workers(std::size_t placed);
  void adjust_pool();
  void wait_for_news();

  // beginning and end
  void open_job();
  void begin_when_a_worker_is_ready();
  void end_scan();
  void shut_down();
  void await_helpers();
  void await_scan();
  int conclude();

  // events
  void on_signal(int signal);
  void on_tick();
  void on_wake(const EventLoop::Turn& turn);
  void on_death(const WorkerDeath& death);
  void start_again(WorkerIndex worker, DeathBlame blame);
  void note_death(const WorkerDeath& death, const Dispatcher::Returned* task, std::string_view stage);
  void report_deaths(const std::vector<WorkerIndex>& drained);
  void report_boot_crashes();
  void on_crash_report(const CrashEntry& crash, std::uint64_t task);
  [[nodiscard]] bool looked_at(const Dispatcher::InWork& task, unsigned looks);
  void take_back(const Dispatcher::Returned& returned, const WorkerDeath& death, std::string_view stage);
  [[nodiscard]] bool take_published(const Assignment& assignment, WorkerIndex worker);
  void queue_again(Assignment assignment);
  void on_drained();
  void on_outcome(Assignment assignment, WorkerIndex worker, Outcome outcome);
  void after_attempt(Assignment assignment, WorkerIndex worker, const Failure& failure,
                     std::uint64_t elapsed_ns);
  void on_output_disk_full(const Assignment& assignment, WorkerIndex worker, const Failure& failure);
  void watch_limits(Clock::duration since_last_tick);
  void watch_idle_workers();
  void prepare_for_debugging();
  void announce_parked_workers();
  void repair_segment();

  void stop(int exit_code, std::string reason, Clock::duration grace, std::string advice = {});
  [[nodiscard]] std::string last_words() const;
  [[nodiscard]] Ledger ledger_now() const;
  [[nodiscard]] Progress progress_now();
  [[nodiscard]] std::string worker_letters() const;
  void serve_memory();

  JobSettings settings_;
  std::vector<std::string> command_;
  const RunToken run_token_;
  const Clock::time_point began_ = Clock::now();
  RunReport report_;

  ServiceManager service_;  // before the first thread
  SignalQueue signals_;
  EventLoop loop_;
  MappedSegment segment_;
  const MemoryDivision memory_division_;
  WorkerLauncher launcher_;
  EventFd scan_stop_ = EventFd::create(EventFd::Kind::counter);
  std::optional<InputScan> scan_;
  const std::optional<std::uint64_t> memory_limit_;  // of one worker
  std::optional<JobDirectory> directory_;            // once it exists
  std::optional<JobLock> lock_;
  std::optional<OutputTree> outputs_;
  LogCollector log_;
  JournalThread journal_;
  std::optional<QuarantineList> quarantine_;  // of an opened job
  QuarantineDirectory quarantine_directory_;
  OutcomeDesk desk_;
  ProgressDisplay display_;
  Dispatcher dispatcher_;
  WorkerMemory memory_;
  MemoryGranter grants_;
  CrashCells cells_;
  WorkerPool pool_;
  CrashDesk crashes_;
  RestartPolicy restarts_;
  DeadlinePolicy deadline_;
  IdlePolicy idleness_;
  std::unique_ptr<InputFeed> feed_;

  Backlog backlog_;                          // started in the journal, no slot yet
  std::size_t demanded_ = 0;                 // asked of the journal and not come
  std::uint64_t to_run_ = 0;                 // tasks ever admitted to run
  std::vector<HangWatch> hangs_;             // of each worker
  std::vector<HangEvidence> hang_evidence_;  // of each worker
  RecentFiles recent_files_;
  AnnouncedOutputs announced_outputs_;             // by workers that died, until their tasks are taken back
  std::vector<std::optional<DeathFacts>> deaths_;  // until the worker's last words have been read
  std::vector<std::uint64_t> tasks_done_;          // of each worker's present life
  std::vector<std::int32_t> announced_;   // pid of each worker that waits for a debugger, once that is said
  std::vector<std::uint64_t> condemned_;  // ticket of the task for which each worker was last killed
  std::optional<Stop> stop_;
  unsigned stop_signals_ = 0;
  unsigned boot_crashes_ = 0;
  unsigned failed_starts_ = 0;
  Clock::time_point last_tick_ = began_;
  std::optional<WorkerDeath> boot_failure_;
  bool opened_ = false;  // directories, journal and log are there
  bool repairing_ = false;
  bool debugger_has_terminal_ = false;
  std::optional<Clock::time_point> first_ready_, last_handed_out_, last_outcome_;
  Pace pace_;
};

}  // namespace wm
