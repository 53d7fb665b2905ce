#pragma once

// Shares the memory of a job among its workers. Requests are served in order, so that smaller pictures cannot
// overtake a large one for ever. Values in, grants out; it deals with neither processes nor the segment. Main
// thread.
//
// Each worker has a standing allowance that it need not ask for. Anything a task is granted beyond that is
// lent from the rest, which all share, until the task ends or its worker dies. A task that needs more than
// the rest is served once no other task runs on a grant.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "common/job/task.h"

namespace wm {

class MemoryBudget {
 public:
  /// Bytes or any other unit, the same in all calls.
  struct Shares {
    std::uint64_t total = 0;
    std::uint64_t allowance = 0;  // of each worker, within the total
    bool operator==(const Shares&) const = default;
  };

  struct Grant {
    WorkerIndex worker{};
    std::uint64_t ticket = 0;
    std::uint64_t amount = 0;
    bool operator==(const Grant&) const = default;
  };

  MemoryBudget(const Shares& shares, unsigned workers)
      : allowance_(shares.allowance),
        rest_(shares.total - std::min(shares.total, workers * shares.allowance)),
        workers_(workers) {}

  /// The worker's task with this ticket needs `amount` in total. A worker has one task at a time, so another
  /// ticket ends its previous grant. Asking again for the same amount or less changes nothing.
  void ask(WorkerIndex worker, std::uint64_t ticket, std::uint64_t amount) {
    Holder& holder = workers_[number(worker)];
    if (holder.ticket != ticket) end(worker);
    holder.ticket = ticket;
    if (amount <= holder.wanted) return;
    if (!waits(worker)) waiting_.push_back(worker);
    holder.wanted = amount;
  }

  /// The requests that can be granted now, oldest first, up to the first one that has to wait.
  [[nodiscard]] std::vector<Grant> grant() {
    std::vector<Grant> granted;
    while (!waiting_.empty()) {
      Holder& holder = workers_[number(waiting_.front())];
      const std::uint64_t more = beyond_allowance(holder.wanted) - beyond_allowance(holder.held);
      // If no other task runs on a grant, it may get more than there is: it runs alone, and would otherwise
      // wait for ever.
      if (lent_ + more > rest_ && somebody_runs()) break;
      lent_ += more;
      holder.held = holder.wanted;
      granted.push_back({waiting_.front(), holder.ticket, holder.held});
      waiting_.pop_front();
    }
    return granted;
  }

  /// The worker's task has ended, or the worker is dead.
  void end(WorkerIndex worker) {
    Holder& holder = workers_[number(worker)];
    if (waits(worker)) std::erase(waiting_, worker);
    lent_ -= beyond_allowance(holder.held);
    holder = {};
  }
  /// The same, unless the worker has another task by now.
  void end(WorkerIndex worker, std::uint64_t ticket) {
    if (workers_[number(worker)].ticket == ticket) end(worker);
  }

  [[nodiscard]] bool waits(WorkerIndex worker) const {
    const Holder& holder = workers_[number(worker)];
    return holder.wanted > holder.held;
  }
  [[nodiscard]] bool somebody_waits() const noexcept { return !waiting_.empty(); }
  /// What the worker's task was granted.
  [[nodiscard]] std::optional<Grant> granted(WorkerIndex worker) const {
    const Holder& holder = workers_[number(worker)];
    if (holder.held == 0) return std::nullopt;
    return Grant{worker, holder.ticket, holder.held};
  }
  [[nodiscard]] std::uint64_t lent() const noexcept { return lent_; }

 private:
  struct Holder {
    std::uint64_t ticket = 0;  // 0: none
    std::uint64_t wanted = 0;  // more than `held` while it waits
    std::uint64_t held = 0;
  };

  [[nodiscard]] std::uint64_t beyond_allowance(std::uint64_t amount) const {
    return amount - std::min(amount, allowance_);
  }
  /// Whether some task runs on its grant and will give it back. Tasks that wait for more will not.
  [[nodiscard]] bool somebody_runs() const {
    return std::ranges::any_of(
        workers_, [](const Holder& holder) { return holder.held > 0 && holder.wanted == holder.held; });
  }

  std::uint64_t allowance_;
  std::uint64_t rest_;
  std::uint64_t lent_ = 0;
  std::vector<Holder> workers_;
  std::deque<WorkerIndex> waiting_;  // the oldest request first
};

}  // namespace wm
