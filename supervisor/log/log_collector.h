#pragma once

// The log collector: one thread that gathers the records of all workers' lanes, what they print, and the
// supervisor's own records, and writes them in the order of time into the one log file.
//
// It never waits for a worker. When the disk is full it keeps what it has, stops reading once that is too
// much (workers then wait at INFO and count what they drop at DEBUG), and says so on stderr.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/os/event_fd.h"
#include "common/segment/mapped_segment.h"
#include "supervisor/cli/job_settings.h"
#include "supervisor/log/lane_reader.h"
#include "supervisor/log/log_event.h"
#include "supervisor/log/log_file.h"
#include "supervisor/log/log_format.h"
#include "supervisor/log/logged_line.h"
#include "supervisor/log/output_patience.h"
#include "supervisor/log/output_pipe.h"
#include "supervisor/log/output_quota.h"

namespace wm {

/// "worker-03" for index 2.
[[nodiscard]] std::string worker_name(WorkerIndex worker);

class LogCollector {
 public:
  struct Counts {
    std::uint64_t written = 0;  // records handed to the file
    std::uint64_t dropped = 0;  // records given up by workers, or by us at the end for want of disk space;
                                // and lines and records above OutputQuota
  };
  /// What a worker may log: some at once, and more with each file. A file that is marked takes some ten
  /// records, with --log-level debug two more for each mark.
  static constexpr OutputQuota::Limits record_limits{
      .lines = 20'000, .bytes = 16 << 20, .lines_per_second = 1, .bytes_per_second = 256};
  static constexpr double records_per_file = 500;
  static constexpr double record_bytes_per_file = 128 << 10;
  struct WakeUps {
    const EventFd& log;                 // workers post it after a record
    const std::vector<EventFd>& space;  // one of each worker
  };

  /// Starts the thread; lines are kept until open_file(). Segment and eventfds must outlive the collector.
  LogCollector(const MappedSegment& segment, const LogSettings& settings, WakeUps wake_ups,
               const OutputPatience::Limits& output_limits = {}, const OutputQuota::Limits& quota = {},
               const OutputQuota::Limits& record_quota = record_limits);
  ~LogCollector();
  LogCollector(const LogCollector&) = delete;
  LogCollector& operator=(const LogCollector&) = delete;

  /// Throws UsageError, std::system_error when the file cannot be opened. Call it once.
  void open_file(const std::optional<JobDirectory>& job = std::nullopt);

  // ---- from any thread ----

  void log(LogLevel level, std::string message) { log(level, "supervisor", std::move(message), 0); }
  void log(LogLevel level, std::string name, std::string message, std::uint64_t task);
  /// So much waits for the disk that nothing should be added to it.
  [[nodiscard]] bool congested() const noexcept { return congested_.load(std::memory_order_relaxed); }
  /// Opens the file anew, for logrotate.
  void reopen();
  [[nodiscard]] Counts counts() const noexcept;

  // ---- from the main thread: a worker's life ----

  /// The worker has come to the end of a file, or died of it: it may log something of the next one.
  void note_file_end(WorkerIndex worker) noexcept {
    ended_files_.at(number(worker)).fetch_add(1, std::memory_order_relaxed);
  }
  /// A life begins; `output` is the read end of the worker's stdout and stderr.
  void adopt(WorkerIndex worker, UniqueFd output);
  /// The worker is confirmed dead: its lane is drained to the tail, its output to the end (or for as
  /// long as OutputPatience says when a grandchild holds it open). Then it appears in take_retired(), and its
  /// index may be used again.
  void retire(WorkerIndex worker);
  [[nodiscard]] std::vector<WorkerIndex> take_retired();
  /// The job ends: from now on a grandchild that holds a dead worker's output open is heard for as long as a
  /// quiet one at most.
  void shorten_patience();
  /// The last lines that the worker printed, for the message about its death.
  [[nodiscard]] std::string last_words(WorkerIndex worker) const;
  /// The last lines of the log that carry its name, of the life that ended at `died_ns`, without what it
  /// printed and what was said of its death. After take_retired() named it.
  [[nodiscard]] std::vector<LoggedLine> black_box(WorkerIndex worker, std::int64_t died_ns) const;
  /// Readable when take_retired() has something.
  [[nodiscard]] int retired_fd() const noexcept { return retired_event_.fd(); }

  /// Writes everything that is there and ends the thread. Waits for a full disk at most `patience`; what
  /// cannot be written is counted as dropped and said on stderr.
  void stop(std::chrono::milliseconds patience = std::chrono::seconds(10));

 private:
  using Clock = std::chrono::steady_clock;
  struct Retiring {
    WorkerIndex worker;
    OutputPatience patience;
  };

  void run();
  [[nodiscard]] bool gather(std::vector<LogEvent>& events);
  std::size_t read_outputs(std::vector<LogEvent>& events);
  std::size_t read_output(WorkerIndex worker, OutputPipe& pipe, std::vector<LogEvent>& events, bool finish);
  void finish_retiring(std::vector<LogEvent>& events, Clock::time_point turn_began);
  [[nodiscard]] Retiring* retiring_of(WorkerIndex worker);
  void remember(LogEvent event);
  void fill_black_box(WorkerIndex worker, const std::vector<LogEvent>& unwritten);
  void report_drops(std::vector<LogEvent>& events, bool at_end);
  void write(std::vector<LogEvent>& events);
  void flush();
  void sleep(bool busy);
  void hurry();

  const MappedSegment& segment_;
  LogSettings settings_;
  WakeUps wake_ups_;
  EventFd retired_event_ = EventFd::create(EventFd::Kind::counter);

  // shared with other threads
  mutable std::mutex mutex_;
  std::condition_variable hurried_;
  std::vector<LogEvent> own_events_;
  std::vector<std::pair<WorkerIndex, UniqueFd>> adoptions_;
  std::vector<WorkerIndex> to_retire_;
  std::vector<WorkerIndex> retired_;
  std::vector<std::string> last_words_;
  std::vector<std::deque<LogEvent>> black_boxes_;
  bool reopen_ = false;
  bool patience_shortened_ = false;
  std::optional<std::chrono::milliseconds> stop_;
  std::atomic<bool> congested_{false};
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::vector<std::atomic<std::uint32_t>> ended_files_;  // of each worker, since the collector looked

  // the thread's own, but for file_, which open_file() and reopen() share under file_mutex_
  std::mutex file_mutex_;
  LogFile file_;
  LogFormatter formatter_;
  LogFormatter stderr_formatter_{LogFormat::text};
  std::vector<LaneReader> lanes_;
  std::map<WorkerIndex, OutputPipe> outputs_;
  std::vector<Retiring> retiring_;
  std::vector<std::deque<LogEvent>> recent_;  // of each worker, as written
  OutputPatience::Limits output_limits_;
  std::vector<OutputQuota> quotas_;         // of what each worker prints
  std::vector<OutputQuota> record_quotas_;  // of what comes through its lane
  bool stopping_ = false;
  bool awaits_dying_ = false;    // nothing but the pipes of dead workers kept the last turn busy
  bool workers_speak_ = false;   // through lanes or pipes, in the last turn; or one is ending
  std::int64_t horizon_ns_ = 0;  // up to here the order of events is known
  std::vector<LogEvent> held_;   // later ones, for the next turn
  Clock::time_point drops_reported_{};
  Clock::time_point problem_said_{};
  bool problem_open_ = false;

  std::thread thread_;
};

}  // namespace wm
