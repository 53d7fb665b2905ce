// Starts of workers that fail, and ends that do.

#include "supervisor/pool/worker_pool.h"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "common/os/unique_fd.h"
#include "tests/support/catch.h"
#include "tests/support/worker_pool_fixture.h"

namespace wm {
namespace {

/// While it lives, the process' epoll instances cannot watch anything.
class WithoutEpoll {
 public:
  WithoutEpoll() {
    const UniqueFd something_else(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    REQUIRE(something_else);
    std::vector<int> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code error;
      if (std::filesystem::read_symlink(entry.path(), error) == "anon_inode:[eventpoll]")
        found.push_back(std::stoi(entry.path().filename()));
    }
    for (const int fd : found) kept_.emplace_back(fd, UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 0)));
    for (const auto& [fd, kept] : kept_) REQUIRE(::dup3(something_else.get(), fd, O_CLOEXEC) == fd);
    REQUIRE_FALSE(kept_.empty());
  }
  ~WithoutEpoll() {
    for (const auto& [fd, kept] : kept_) ::dup3(kept.get(), fd, O_CLOEXEC);
  }
  WithoutEpoll(const WithoutEpoll&) = delete;
  WithoutEpoll& operator=(const WithoutEpoll&) = delete;

 private:
  std::vector<std::pair<int, UniqueFd>> kept_;
};

TEST_CASE("after a start that failed, no place is tried for a second") {
  test::WorkerPoolFixture fixture(5);
  const auto now = ActiveClock::now();
  CHECK(fixture.pool.start_due(now).problem);
  CHECK_FALSE(fixture.pool.start_due(now).problem);
  CHECK(fixture.pool.start_due(now + WorkerPool::pause_after_failed_start).problem);
  fixture.install_program();
  CHECK(fixture.pool.start_due(now + WorkerPool::pause_after_failed_start).started == 0);
  const WorkerPool::Starts starts = fixture.pool.start_due(now + 2 * WorkerPool::pause_after_failed_start);
  CHECK(starts.started == 5);
  CHECK_FALSE(starts.problem);
}

TEST_CASE("a worker whose end cannot be watched is killed, and one is started in its place later") {
  test::WorkerPoolFixture fixture(1);
  fixture.install_program();
  const auto now = ActiveClock::now();
  {
    const WithoutEpoll without;
    CHECK(fixture.pool.start_due(now).problem);
  }
  CHECK(fixture.pool.alive() == 0);
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
  CHECK(fixture.pool.start_due(now + WorkerPool::pause_after_failed_start).started == 1);
  fixture.end(WorkerIndex{0});
  CHECK(fixture.deaths.size() == 1);
}

TEST_CASE("a worker that became ready at the last moment did not take too long to start") {
  test::WorkerPoolFixture fixture(1);
  fixture.install_program();
  const auto now = ActiveClock::now();
  REQUIRE(fixture.pool.start_due(now).started == 1);
  fixture.segment.status(WorkerIndex{0}).phase = static_cast<std::uint32_t>(WorkerPhase::ready);
  CHECK_FALSE(fixture.pool.start_due(now + 2 * test::WorkerPoolFixture::patience).problem);
  CHECK(fixture.pool.is_ready(WorkerIndex{0}));
  fixture.end(WorkerIndex{0});
  REQUIRE(fixture.deaths.size() == 1);
  CHECK(fixture.deaths[0].killed == KillReason::stop);
}

TEST_CASE("a worker that has not ended some seconds after it was killed counts as gone, until it ends") {
  test::WorkerPoolFixture fixture(2);
  fixture.install_program();
  const auto now = ActiveClock::now();
  REQUIRE(fixture.pool.start_due(now).started == 2);
  const WorkerIndex worker{1};
  const pid_t pid = fixture.pool.pid(worker);
  CHECK(fixture.pool.take_unkillable(now + std::chrono::hours(1)).empty());
  // A traced process stops in its death.
  REQUIRE(::ptrace(PTRACE_SEIZE, pid, nullptr, PTRACE_O_TRACEEXIT) == 0);
  fixture.pool.kill(worker, KillReason::timeout);
  CHECK(fixture.pool.take_unkillable(now + WorkerPool::kill_patience / 2).empty());
  fixture.pool.kill(worker, KillReason::stop);
  const auto found = fixture.pool.take_unkillable(ActiveClock::now() + WorkerPool::kill_patience);
  REQUIRE(found.size() == 1);
  CHECK(found[0].worker == worker);
  CHECK(found[0].pid == pid);
  CHECK(fixture.pool.take_unkillable(now + std::chrono::hours(1)).empty());
  CHECK(fixture.pool.unkillable() == 1);
  CHECK(fixture.pool.alive() == 1);
  CHECK(fixture.pool.pid(worker) == -1);
  CHECK(fixture.pool.start_due(now).started == 0);

  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  REQUIRE(WIFSTOPPED(status));
  REQUIRE(::ptrace(PTRACE_DETACH, pid, nullptr, nullptr) == 0);
  REQUIRE(test::wait_until([&] {
    fixture.loop.wait(std::chrono::milliseconds(10));
    return !fixture.deaths.empty();
  }));
  CHECK(fixture.deaths[0].killed == KillReason::timeout);
  CHECK(fixture.pool.unkillable() == 0);
  fixture.end(WorkerIndex{0});
}

}  // namespace
}  // namespace wm
