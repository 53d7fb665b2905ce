// Which process a cell may mean, and cells that change under the reader.

#include "supervisor/pool/worker_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>

#include "common/crash/mapped_cell.h"
#include "common/os/errno_error.h"
#include "common/segment/inherited_descriptors.h"
#include "supervisor/pool/cell_file.h"
#include "supervisor/pool/process_status.h"
#include "tests/support/catch.h"
#include "tests/support/wait_until.h"

namespace wm {
namespace {

UniqueFd make_cell() {
  UniqueFd file(check_errno(::memfd_create("cell", MFD_CLOEXEC), "memfd_create"));
  return MappedCell::create(std::move(file)).release();
}

/// A child that has a cell where workers have theirs, or nothing there.
class Child {
 public:
  explicit Child(int cell) : pid_(::fork()) {
    if (pid_ == 0) {
      if (cell >= 0) {
        ::dup2(cell, inherited::cell);
      } else {
        ::close(inherited::cell);
      }
      ::raise(SIGSTOP);
      ::_exit(0);
    }
    REQUIRE(pid_ > 0);
    REQUIRE(test::wait_until([&] { return process_status(pid_)->state == 'T'; }));
  }
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

std::unique_ptr<CrashCellHead> head_for(pid_t pid) {
  auto head = std::make_unique<CrashCellHead>();
  head->pid = pid;
  const auto status = process_status(pid);
  head->start_ticks = status ? status->start_ticks : 0;
  return head;
}

TEST_CASE("a cell means a child of the supervisor that holds it, and no other process") {
  const UniqueFd cell = make_cell();
  const UniqueFd other_cell = make_cell();
  Child worker(cell.get());
  const auto head = head_for(worker.pid());
  CHECK(find_worker_process(*head, cell.get(), ::getpid()).pidfd);
  CHECK(find_worker_process(*head, cell.get(), ::getpid()).pid == worker.pid());
  CHECK(lives(*head));

  CHECK_FALSE(find_worker_process(*head, other_cell.get(), ::getpid()).pidfd);
  CHECK_FALSE(find_worker_process(*head, cell.get(), ::getppid()).pidfd);
  CHECK_FALSE(find_worker_process(*head, cell.get(), 0).pidfd);
  ++head->start_ticks;
  CHECK_FALSE(find_worker_process(*head, cell.get(), ::getpid()).pidfd);
  CHECK_FALSE(lives(*head));

  const Child no_worker(-1);
  CHECK_FALSE(find_worker_process(*head_for(no_worker.pid()), cell.get(), ::getpid()).pidfd);
  for (const pid_t pid : {1, 0, -1, ::getpid(), ::getppid()}) {
    CAPTURE(pid);
    CHECK_FALSE(find_worker_process(*head_for(pid), cell.get(), ::getpid()).pidfd);
  }
  const auto before = head_for(worker.pid());
  worker.end();
  CHECK_FALSE(find_worker_process(*before, cell.get(), ::getpid()).pidfd);
  CHECK_FALSE(lives(*before));
}

TEST_CASE("a process' status is read whatever its name is") {
  const auto own = process_status(::getpid());
  REQUIRE(own);
  CHECK(own->parent == ::getppid());
  CHECK(own->start_ticks > 0);
  CHECK(has_own_user(::getpid()));
  CHECK_FALSE(process_status(0));
  CHECK_FALSE(process_status(-1));
}

TEST_CASE("a cell that is shortened while it is used reads as zeroes") {
  const UniqueFd file = make_cell();
  const CellFile cell(UniqueFd(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0)));
  const CellRecord record(UniqueFd(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0)));
  REQUIRE(::ftruncate(file.get(), 0) == 0);
  CHECK(cell.state() == CellState::prepared);
  CHECK(record.head().magic == crash_cell_magic);  // as it was
  CHECK_THROWS_AS(CellRecord(UniqueFd(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0))), std::runtime_error);
}

}  // namespace
}  // namespace wm
