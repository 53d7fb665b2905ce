#pragma once

// Tasks on their way from the journal to the workers: admitted but not handed out yet. Main thread.

#include <cstddef>
#include <cstdint>

#include "supervisor/dispatch/backlog.h"
#include "supervisor/dispatch/dispatcher.h"
#include "supervisor/journal/journal_thread.h"
#include "supervisor/pool/worker_launcher.h"
#include "supervisor/pool/worker_pool.h"
#include "supervisor/run/input_feed.h"
#include "supervisor/run/outcome_recorder.h"
#include "supervisor/run/run_state.h"

namespace wm {

class TaskSupply {
 public:
  /// Borrowed.
  struct Parts {
    RunState& state;
    const MappedSegment& segment;
    const WorkerLauncher& launcher;
    const WorkerPool& pool;
    const InputFeed& feed;
    JournalThread& journal;
    Dispatcher& dispatcher;
    OutcomeRecorder& recorder;
  };
  TaskSupply(unsigned retries, const Parts& parts) : parts_(parts), backlog_(retries) {}

  /// Takes the inputs that the journal has decided on, whether they need a worker or not. Once the job is
  /// open.
  void take_admissions();
  /// Fills the slots, wakes workers, and asks the journal for more.
  void refill();
  /// Puts back a task for another attempt: in this run or, when it stops, in the next one.
  void put_back(Assignment assignment);
  /// The run stops: tasks that no worker has begun wait for the next run.
  void withdraw();

  /// Every input was admitted and handed out.
  [[nodiscard]] bool exhausted() const { return parts_.journal.exhausted() && backlog_.empty(); }
  /// How many tasks have needed a worker so far.
  [[nodiscard]] std::uint64_t admitted() const noexcept { return admitted_; }

 private:
  void add(Assignment assignment);
  [[nodiscard]] Supply supply() const;
  void wake_workers(std::size_t placed) const;
  void ask_for_more();

  Parts parts_;
  Backlog backlog_;
  std::size_t demanded_ = 0;  // from the journal, and not delivered
  std::uint64_t admitted_ = 0;
};

}  // namespace wm
