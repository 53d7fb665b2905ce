#pragma once

// Fills the task queue's slots and takes the outcomes. It holds the authoritative state of every slot and
// believes nothing in the shared memory that contradicts it. Entirely passive; main thread.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "common/job/outcome.h"
#include "common/job/task.h"
#include "common/segment/task_queue.h"
#include "supervisor/event/active_clock.h"

namespace wm {

/// A task that may be handed out: its start is recorded in the journal.
struct Assignment {
  Task task;
  std::uint32_t shown_from = 0;  // see InputFile::shown_from
  std::int64_t started_ns = 0;   // CLOCK_REALTIME of the first attempt
  std::uint64_t ticket = 0;      // of the slot that it is in, or was in last
  bool needs_all = false;        // its last attempt is fair only with nothing else in progress
};

class Dispatcher {
 public:
  using Clock = ActiveClock;
  using OnOutcome = std::function<void(Assignment, WorkerIndex, Outcome)>;

  Dispatcher(TaskQueue queue, unsigned workers);

  [[nodiscard]] std::size_t free_slots() const noexcept { return free_.size(); }
  [[nodiscard]] std::size_t held() const noexcept { return slots_.size() - free_.size(); }
  /// The number of further results, at least 1, after which the slots should be refilled: half of the tasks
  /// that no worker has begun, so that the other half keeps the workers busy meanwhile.
  [[nodiscard]] unsigned results_to_gather() const noexcept;

  /// Puts a task into a free slot; there must be one. The caller wakes a worker.
  void place(Assignment assignment);

  /// Passes every finished task to `on_outcome` and frees its slot.
  void collect(const OnOutcome& on_outcome);

  /// A task that came back without an outcome; its slot is free again.
  struct Returned {
    Assignment assignment;
    std::optional<Clock::time_point> claimed_since;  // if it was seen claimed
    bool claimed = false;                            // a worker had begun it, or may have
  };

  /// Takes back what a worker, now confirmed dead, had claimed. Call collect() first.
  [[nodiscard]] std::vector<Returned> sweep(WorkerIndex dead);

  /// A task that a worker has claimed; the ticket distinguishes it from the worker's next one.
  struct InWork {
    WorkerIndex worker{};
    std::uint64_t ticket = 0;
    Clock::time_point since;                 // when it was first seen claimed
    const Assignment* assignment = nullptr;  // valid until the slots change
  };
  /// The worker that has claimed the task with this ticket.
  [[nodiscard]] std::optional<WorkerIndex> holder_of(std::uint64_t ticket);
  /// All claimed tasks.
  [[nodiscard]] std::vector<InWork> in_work(Clock::time_point now);
  /// Excludes `pause` from the time of this task, whose worker waits for us.
  void forgive(std::uint64_t ticket, Clock::duration pause) noexcept;
  /// This process and its workers were suspended for `pause`: that time does not count for the claimed tasks,
  /// and is subtracted from the stage times that the workers report.
  void note_suspension(Clock::duration pause);
  /// Whether some task waits for a worker.
  [[nodiscard]] bool has_unclaimed() const noexcept;

  /// Takes back all tasks that nobody has claimed.
  [[nodiscard]] std::vector<Assignment> withdraw_unclaimed();

  /// Some slot contains what nobody can have written on purpose: a worker is corrupting the segment. All
  /// workers must be killed; then sweep_all() takes back everything that was handed out.
  [[nodiscard]] bool damaged() const noexcept { return damaged_; }
  void report_damage() noexcept { damaged_ = true; }
  [[nodiscard]] std::vector<Returned> sweep_all();

 private:
  struct Slot {
    std::optional<Assignment> assignment;
    std::uint64_t ticket = 0;
    std::optional<Clock::time_point> claimed_since;
    Clock::duration suspended{};  // while the task in the slot was claimed
  };
  [[nodiscard]] std::optional<SlotWord> look(SlotIndex index);
  [[nodiscard]] Assignment take_back(SlotIndex index);

  TaskQueue queue_;
  unsigned workers_;
  std::vector<Slot> slots_;
  std::deque<SlotIndex> free_;  // the slot freed first is filled first, which keeps tasks in order
  std::uint64_t next_ticket_ = 1;
  bool damaged_ = false;
};

}  // namespace wm
