// Who may take how much memory when.

#include "supervisor/dispatch/memory_budget.h"

#include <random>

#include "tests/support/catch.h"

namespace wm {
namespace {

using Grants = std::vector<MemoryBudget::Grant>;

constexpr WorkerIndex a{0}, b{1}, c{2}, d{3};

TEST_CASE("what fits is granted at once, what does not waits until enough is given back") {
  MemoryBudget budget({.total = 1000, .allowance = 100}, 4);  // 600 for all
  budget.ask(a, 1, 500);
  budget.ask(b, 2, 400);
  CHECK(budget.grant() == Grants{{a, 1, 500}});
  CHECK(budget.waits(b));
  CHECK(budget.somebody_waits());
  CHECK(budget.lent() == 400);
  budget.end(a, 1);
  CHECK(budget.grant() == Grants{{b, 2, 400}});
  CHECK_FALSE(budget.waits(b));
  CHECK_FALSE(budget.somebody_waits());
  CHECK(budget.lent() == 300);
}

TEST_CASE("nobody overtakes a request that waits") {
  MemoryBudget budget({.total = 1000, .allowance = 100}, 4);
  budget.ask(a, 1, 300);
  CHECK(budget.grant().size() == 1);
  budget.ask(b, 2, 650);
  budget.ask(c, 3, 110);
  CHECK(budget.grant().empty());
  budget.end(a, 1);
  CHECK(budget.grant() == Grants{{b, 2, 650}, {c, 3, 110}});
}

TEST_CASE("a task that needs more than there is runs when no other does") {
  MemoryBudget budget({.total = 1000, .allowance = 100}, 4);
  budget.ask(a, 1, 200);
  CHECK(budget.grant().size() == 1);
  budget.ask(b, 2, 5000);
  budget.ask(c, 3, 150);
  CHECK(budget.grant().empty());
  budget.end(a, 1);
  CHECK(budget.grant() == Grants{{b, 2, 5000}});
  CHECK(budget.waits(c));
  budget.end(b, 2);
  CHECK(budget.grant() == Grants{{c, 3, 150}});
}

TEST_CASE("tasks that wait for more do not wait for each other") {
  MemoryBudget budget({.total = 1000, .allowance = 100}, 4);
  budget.ask(a, 1, 400);
  budget.ask(b, 2, 400);
  CHECK(budget.grant().size() == 2);
  budget.ask(a, 1, 700);
  budget.ask(b, 2, 700);
  // Both hold 300 and want 300 more, which will never be free: the older request goes on, then the other.
  CHECK(budget.grant() == Grants{{a, 1, 700}});
  budget.end(a, 1);
  CHECK(budget.grant() == Grants{{b, 2, 700}});
  budget.end(b, 2);
  CHECK(budget.lent() == 0);
}

TEST_CASE("asking again, for less, or with another ticket") {
  MemoryBudget budget({.total = 1000, .allowance = 100}, 4);
  budget.ask(a, 1, 500);
  CHECK(budget.grant().size() == 1);
  budget.ask(a, 1, 500);
  budget.ask(a, 1, 300);
  CHECK(budget.grant().empty());
  CHECK(budget.granted(a)->amount == 500);
  budget.ask(a, 2, 200);  // its next task: what the first one held is free
  CHECK(budget.grant() == Grants{{a, 2, 200}});
  CHECK(budget.lent() == 100);
  budget.end(a, 1);  // the result of the first one is read late
  CHECK(budget.lent() == 100);
  budget.end(a);
  CHECK(budget.lent() == 0);
  CHECK_FALSE(budget.granted(a));
}

TEST_CASE("a worker that dies gives back what it held and what it waited for") {
  MemoryBudget budget({.total = 1000, .allowance = 100}, 4);
  budget.ask(a, 1, 600);
  budget.ask(b, 2, 600);
  budget.ask(c, 3, 600);
  CHECK(budget.grant() == Grants{{a, 1, 600}});
  budget.end(b);
  budget.end(a);
  CHECK(budget.grant() == Grants{{c, 3, 600}});
}

TEST_CASE("an allowance that takes everything leaves nothing to lend, and all are served in turn") {
  MemoryBudget budget({.total = 300, .allowance = 100}, 4);
  budget.ask(a, 1, 150);
  budget.ask(b, 2, 150);
  CHECK(budget.grant() == Grants{{a, 1, 150}});
  budget.end(a);
  CHECK(budget.grant() == Grants{{b, 2, 150}});
}

TEST_CASE("whatever is asked and however tasks end, all are served and never more is lent than there is") {
  std::minstd_rand random(3);
  for (int round = 0; round < 200; ++round) {
    MemoryBudget budget({.total = 1000, .allowance = 50}, 4);  // 800 for all
    std::array<bool, 4> running{};
    std::uint64_t ticket = 0;
    int served = 0;
    for (int step = 0; step < 200; ++step) {
      const auto worker = static_cast<WorkerIndex>(random() % 4);
      if (running[number(worker)]) {
        budget.end(worker);
        running[number(worker)] = false;
      } else if (!budget.waits(worker)) {
        budget.ask(worker, ++ticket, 51 + random() % 800);
      }
      for (const MemoryBudget::Grant& grant : budget.grant()) {
        running[number(grant.worker)] = true;
        ++served;
      }
      CHECK(budget.lent() <= 800);
      const bool any_waits = budget.waits(a) || budget.waits(b) || budget.waits(c) || budget.waits(d);
      const bool any_runs = running[0] || running[1] || running[2] || running[3];
      CHECK((!any_waits || any_runs));
    }
    CHECK(served > 20);
  }
}

}  // namespace
}  // namespace wm
