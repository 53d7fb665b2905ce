// Which process a crash record may mean, and crash records that change under the reader.

#include "supervisor/pool/worker_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>

#include "common/crash/mapped_crash_record.h"
#include "common/os/errno_error.h"
#include "common/segment/inherited_descriptors.h"
#include "supervisor/pool/crash_record_file.h"
#include "supervisor/pool/process_status.h"
#include "tests/support/catch.h"
#include "tests/support/wait_until.h"

namespace wm {
namespace {

UniqueFd make_crash_record() {
  UniqueFd file(check_errno(::memfd_create("cell", MFD_CLOEXEC), "memfd_create"));
  return MappedCrashRecord::create(std::move(file)).release();
}

/// A child that has a crash record where workers have theirs, or nothing there.
class Child {
 public:
  explicit Child(int crash_record) : pid_(::fork()) {
    if (pid_ == 0) {
      if (crash_record >= 0) {
        ::dup2(crash_record, inherited::crash_record);
      } else {
        ::close(inherited::crash_record);
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

std::unique_ptr<CrashRecordHead> head_for(pid_t pid) {
  auto head = std::make_unique<CrashRecordHead>();
  head->pid = pid;
  const auto status = process_status(pid);
  head->start_ticks = status ? status->start_ticks : 0;
  return head;
}

TEST_CASE("a crash record means a child of the supervisor that holds it, and no other process") {
  const UniqueFd crash_record = make_crash_record();
  const UniqueFd other_crash_record = make_crash_record();
  Child worker(crash_record.get());
  const auto head = head_for(worker.pid());
  CHECK(find_worker_process(*head, crash_record.get(), ::getpid()).pidfd);
  CHECK(find_worker_process(*head, crash_record.get(), ::getpid()).pid == worker.pid());
  CHECK(lives(*head));

  CHECK_FALSE(find_worker_process(*head, other_crash_record.get(), ::getpid()).pidfd);
  CHECK_FALSE(find_worker_process(*head, crash_record.get(), ::getppid()).pidfd);
  CHECK_FALSE(find_worker_process(*head, crash_record.get(), 0).pidfd);
  ++head->start_ticks;
  CHECK_FALSE(find_worker_process(*head, crash_record.get(), ::getpid()).pidfd);
  CHECK_FALSE(lives(*head));

  const Child no_worker(-1);
  CHECK_FALSE(find_worker_process(*head_for(no_worker.pid()), crash_record.get(), ::getpid()).pidfd);
  for (const pid_t pid : {1, 0, -1, ::getpid(), ::getppid()}) {
    CAPTURE(pid);
    CHECK_FALSE(find_worker_process(*head_for(pid), crash_record.get(), ::getpid()).pidfd);
  }
  const auto before = head_for(worker.pid());
  worker.end();
  CHECK_FALSE(find_worker_process(*before, crash_record.get(), ::getpid()).pidfd);
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

TEST_CASE("a crash record that is shortened while it is used reads as zeroes") {
  const UniqueFd file = make_crash_record();
  const CrashRecordFile crash_record(UniqueFd(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0)));
  const CrashRecord record(UniqueFd(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0)));
  REQUIRE(::ftruncate(file.get(), 0) == 0);
  CHECK(crash_record.state() == CrashRecordState::prepared);
  CHECK(record.head().magic == crash_record_magic);  // as it was
  CHECK_THROWS_AS(CrashRecord(UniqueFd(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0))), std::runtime_error);
}

}  // namespace
}  // namespace wm
