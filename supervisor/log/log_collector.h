#pragma once

// The log collector: one thread that gathers the records from all workers' rings, the workers' printed output
// and the supervisor's own records, and writes them to the single log file in order of time.
//
// It never waits for a worker. When the disk is full it keeps what it has, stops reading once that is too
// much (workers then wait at INFO and count what they drop at DEBUG), and reports this on stderr.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/os/event_fd.h"
#include "common/segment/mapped_segment.h"
#include "supervisor/cli/job_settings.h"
#include "supervisor/log/black_boxes.h"
#include "supervisor/log/event_order.h"
#include "supervisor/log/log_event.h"
#include "supervisor/log/log_ring_reader.h"
#include "supervisor/log/log_sink.h"
#include "supervisor/log/logged_line.h"
#include "supervisor/log/output_patience.h"
#include "supervisor/log/output_quota.h"
#include "supervisor/log/worker_outputs.h"

namespace wm {

class LogCollector {
 public:
  struct Counts {
    std::uint64_t written = 0;  // records handed to the file
    std::uint64_t dropped = 0;  // records dropped by workers, or by us at the end for lack of disk space; and
                                // lines and records above OutputQuota
  };
  /// How much a worker may log: some at once, and more with each file. A marked file takes about ten records,
  /// and with --log-level debug two more for each mark.
  static constexpr OutputQuota::Limits record_limits{
      .lines = 20'000, .bytes = 16 << 20, .lines_per_second = 1, .bytes_per_second = 256};
  static constexpr double records_per_file = 500;
  static constexpr double record_bytes_per_file = 128 << 10;
  struct WakeUps {
    const EventFd& log;                 // workers post it after a record
    const std::vector<EventFd>& space;  // one for each worker
  };

  /// Starts the thread; lines are kept until open_file(). Segment and eventfds must outlive the collector.
  LogCollector(const MappedSegment& segment, const LogSettings& settings, WakeUps wake_ups,
               const OutputPatience::Limits& output_limits = {}, const OutputQuota::Limits& quota = {},
               const OutputQuota::Limits& record_quota = record_limits);
  ~LogCollector();
  LogCollector(const LogCollector&) = delete;
  LogCollector& operator=(const LogCollector&) = delete;

  /// Throws UsageError, std::system_error when the file cannot be opened. Call it once.
  /// `path`: where it is, if not where the settings say.
  void open_file(const std::optional<JobDirectory>& job = std::nullopt, const std::string& path = "") {
    sink_.open(job, path);
  }

  // ---- from any thread ----

  void log(LogLevel level, std::string message) { log(level, std::nullopt, std::move(message), 0); }
  void log(LogLevel level, std::string message, LogFieldsPointer fields) {
    log(level, std::nullopt, std::move(message), 0, std::move(fields));
  }
  /// Under the name of `worker`, or of the supervisor.
  void log(LogLevel level, std::optional<WorkerIndex> worker, std::string message, std::uint64_t task,
           LogFieldsPointer fields = nullptr);
  /// What `make` returns, LogFields; null if the log is text, which has none.
  template <class Make>
  [[nodiscard]] LogFieldsPointer fields(const Make& make) const {
    return sink_.wants_fields() ? std::make_shared<const LogFields>(make()) : nullptr;
  }
  /// So much is waiting for the disk that nothing should be added.
  [[nodiscard]] bool congested() const noexcept { return congested_.load(std::memory_order_relaxed); }
  /// Reopens the file, for logrotate.
  void reopen();
  [[nodiscard]] Counts counts() const noexcept;

  // ---- from the main thread: a worker's life ----

  /// The worker has finished a file, or died: its quota is raised for the next file.
  void note_file_end(WorkerIndex worker) noexcept {
    rings_.at(number(worker)).ended_files.fetch_add(1, std::memory_order_relaxed);
  }
  /// A life begins; `output` is the read end of the worker's stdout and stderr.
  void adopt(WorkerIndex worker, UniqueFd output);
  /// The worker is confirmed dead: its ring is drained to the tail, its output to the end (or for as long as
  /// OutputPatience allows when a grandchild holds it open). Then it appears in take_retired(), and its index
  /// may be used again.
  void retire(WorkerIndex worker);
  [[nodiscard]] std::vector<WorkerIndex> take_retired();
  /// The job is ending: from now on, a dead worker's output that a grandchild holds open is read for
  /// OutputPatience::Limits::quiet at most.
  void shorten_patience();
  /// The last lines that the worker printed, for the message about its death.
  [[nodiscard]] std::string last_words(WorkerIndex worker) const { return outputs_.last_words(worker); }
  /// The last lines of the log under its name, from the life that ended at `died_ns`, without its printed
  /// output and messages about its death. Call it after take_retired() has named the worker.
  [[nodiscard]] std::vector<LoggedLine> black_box(WorkerIndex worker, std::int64_t died_ns) const {
    return black_boxes_.lines(worker, died_ns);
  }
  /// Readable when take_retired() has something.
  [[nodiscard]] int retired_fd() const noexcept { return retired_event_.fd(); }

  /// Writes everything that is there and ends the thread. Waits for a full disk at most `patience`; records
  /// that cannot be written are counted as dropped and reported on stderr.
  void stop(std::chrono::milliseconds patience = std::chrono::seconds(10));

 private:
  using Clock = std::chrono::steady_clock;

  /// A worker's ring, over all of its lives.
  struct Ring {
    Ring(LogRingReader log_ring_reader, const OutputQuota::Limits& limits)
        : reader(log_ring_reader), quota(limits) {}

    LogRingReader reader;
    OutputQuota quota;
    std::atomic<std::uint32_t> ended_files{0};  // since the last turn
    Clock::time_point drops_reported{};
  };
  /// What other threads leave for the collector's thread, and vice versa. Guarded by mutex_.
  struct Mail {
    std::vector<LogEvent> events;
    std::vector<std::pair<WorkerIndex, UniqueFd>> adoptions;
    std::vector<WorkerIndex> to_retire;
    std::vector<WorkerIndex> retired;
    bool reopen = false;
    bool shorten_patience = false;
    std::optional<std::chrono::milliseconds> stop;
  };
  struct Turn {
    Clock::time_point began{};
    bool stopping = false;
    bool awaits_dying = false;   // only the pipes of dead workers keep it busy
    bool workers_speak = false;  // they sent something through rings or pipes, or one is ending
  };

  void run();
  void take_mail();
  [[nodiscard]] bool gather();
  std::size_t read_rings();
  void finish_retiring();
  void report_drops(bool at_end);
  void write();
  void sleep(bool busy);
  void hurry();

  const MappedSegment& segment_;
  WakeUps wake_ups_;
  EventFd retired_event_ = EventFd::create(EventFd::Kind::counter);
  mutable std::mutex mutex_;
  std::condition_variable hurried_;
  Mail mail_;
  std::atomic<bool> congested_{false};
  std::atomic<std::uint64_t> dropped_{0};

  // with their own threading rules
  std::deque<Ring> rings_;
  WorkerOutputs outputs_;
  BlackBoxes black_boxes_;
  LogSink sink_;

  // the thread's own
  EventOrder order_;
  Turn turn_;

  std::thread thread_;
};

}  // namespace wm
