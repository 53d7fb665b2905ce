#pragma once

// The journal's only thread. The scan pushes inputs in; the main thread asks for tasks and hands in outcomes.
// Both are recorded in grouped commits, and a task comes out only after its start is committed. What the main
// thread asks for and hands in is passed on only by hand_over(), since every wake-up costs the workers time.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/os/event_fd.h"
#include "supervisor/journal/durable_recorder.h"
#include "supervisor/journal/input_queue.h"
#include "supervisor/journal/job_journal.h"
#include "supervisor/journal/journal_entry.h"

namespace wm {

class JournalThread {
 public:
  JournalThread() = default;
  ~JournalThread();
  JournalThread(const JournalThread&) = delete;
  JournalThread& operator=(const JournalThread&) = delete;

  // ---- from the scan's thread ----

  /// Waits while too many inputs are queued. False: no more are wanted.
  [[nodiscard]] bool push(InputFile input);
  void scan_finished();

  /// Inputs that were pushed and not yet admitted. Any thread.
  [[nodiscard]] std::size_t queued() const;

  // ---- from the main thread ----

  /// Starts the thread; inputs may have been pushed before. The run must have begun.
  void start(JobJournal journal, Durability durability);
  [[nodiscard]] bool started() const noexcept { return thread_.joinable(); }
  /// No more inputs are wanted; the scan's push() returns false.
  void close();

  /// Asks for `tasks` more tasks, in addition to those asked for and not yet delivered.
  void demand(std::size_t tasks) { handed_in_.demanded += tasks; }
  /// What was admitted since the last call.
  [[nodiscard]] std::vector<Admission> take();
  /// Call it when fd() is readable.
  void acknowledge() const noexcept { news_.take(); }
  /// Readable when take() has something, or when exhausted() or error() changed.
  [[nodiscard]] int fd() const noexcept { return news_.fd(); }
  /// The scan is finished and every input was taken.
  [[nodiscard]] bool exhausted() const;
  /// Everything pushed so far was taken; the scan may continue.
  [[nodiscard]] bool has_nothing_now() const;
  /// Why the journal cannot be written any more; none if it can. Stays set even if join() finds room again.
  [[nodiscard]] std::optional<JournalError> error() const;

  void record(FinalOutcome outcome) { hand_in(std::move(outcome)); }
  void record_attempt(TaskId task, std::uint32_t attempt, Failure failure) {
    hand_in(AttemptEntry{task, attempt, std::move(failure)});
  }
  void record_withdrawn(TaskId task) { hand_in(WithdrawnEntry{task}); }
  void record_sample(SampleEntry sample) { hand_in(std::move(sample)); }
  /// Passes on to the thread what was demanded and recorded since the last call. A few marked files alone may
  /// be held back to wait for more, so call it again after 20 ms or a little later.
  void hand_over();
  /// So many entries were recorded. Hands over those that are not yet, so that no entry of another thread
  /// comes before them.
  [[nodiscard]] std::uint64_t recorded();
  /// So many of them, in their order, are committed for certain.
  [[nodiscard]] std::uint64_t committed() const;
  /// Is passed on at once: the end of that attempt must have been handed over. Any thread.
  void record_crash(TaskId task, std::uint32_t attempt, std::string crash);

  /// Refuses further inputs; the thread records everything that was handed in, and ends. Does not wait for
  /// it.
  void finish();
  /// After finish(): join() does not wait for the disk of the outputs any more. fd() is readable then.
  [[nodiscard]] bool has_finished() const;
  /// finish(), then waits for the end of the thread. Admissions that were
  /// not taken can still be taken; their tasks are already withdrawn. After an error it tries once more,
  /// since a full disk may have regained some room when the workers ended; or records which outputs did not
  /// reach the disk. Throws nothing: see error().
  void join();
  /// After join(), until close_journal(): pictures that were published, but did not reach the disk.
  [[nodiscard]] MadeAgain made_again() const { return recorder_ ? recorder_->made_again() : MadeAgain{}; }
  /// After join(): closes the run, with its last sample. Throws nothing.
  void end_run(const RunEnd& end, const SampleEntry& last);
  /// After end_run(). Throws OwnershipLost, with the journal still open: closing it then would remove files
  /// of another supervisor.
  void close_journal();
  /// After join(), until close_journal().
  [[nodiscard]] JobJournal& journal() noexcept { return *journal_; }

 private:
  using Clock = std::chrono::steady_clock;

  void hand_in(JournalEntry entry);
  void hand_over_now();
  void run();
  void give_up(JournalError error);
  [[nodiscard]] JournalError explain(const std::exception& error) const;
  [[nodiscard]] bool has_work() const;
  void turn(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] std::vector<Admission> admit(std::size_t& wanted);

  std::optional<JobJournal> journal_;
  EventFd news_ = EventFd::create(EventFd::Kind::counter);

  struct {
    std::vector<JournalEntry> entries;
    Clock::time_point oldest{};
    bool urgent = false;  // one of them contains what could not be found out again
    std::size_t demanded = 0;
  } handed_in_;  // but not handed over: the main thread's own

  mutable std::mutex mutex_;
  std::condition_variable changed_;  // for the journal's thread
  std::condition_variable room_;     // for the scan
  InputQueue inputs_;
  std::vector<Admission> admitted_;
  std::vector<JournalEntry> entries_;
  std::uint64_t entries_ever_ = 0;
  std::uint64_t committed_ = 0;
  std::size_t wanted_ = 0;
  bool finishing_ = false;
  bool ended_ = false;  // the thread uses nothing any more
  std::optional<JournalError> error_;
  bool given_up_ = false;  // nothing more is written; the main thread's, after the end of the thread
  std::optional<DurableRecorder> recorder_;  // the thread's own; notifies changed_
  std::thread thread_;
};

}  // namespace wm
