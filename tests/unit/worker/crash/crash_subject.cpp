// Dies in the way that it is told to, with a recorder armed: `crash_subject CELL KIND [OPTION...]`. It makes
// the crash record and has a few threads that stand in different places. The lines marked "FAULT: KIND" are
// where it happens.
//
// Options: undumpable (PR_SET_DUMPABLE 0), no-ptrace (seccomp denies ptrace and process_vm_readv), park,
// all-ears (first: no thread has blocked our signals).

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <string_view>
#include <thread>

#include "common/crash/mapped_crash_record.h"
#include "tests/support/faults.h"
#include "worker/crash/recorder.h"

namespace {

using namespace std::chrono_literals;

std::atomic<int> standing{0};
std::mutex held;
volatile int sink = 0;

[[gnu::noinline]] void stand_in_poll() {
  ++standing;
  ::poll(nullptr, 0, -1);
  sink = sink + 1;
}

[[gnu::noinline]] void stand_at_mutex() {
  ++standing;
  const std::lock_guard lock(held);
  sink = sink + 1;
}

[[gnu::noinline]] void spin() {
  ++standing;
  for (;;) sink = sink + 1;
}

void be_deaf() {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  ++standing;
  ::poll(nullptr, 0, -1);
}

void start(const char* name, void (*function)()) {
  std::thread thread([name, function] {
    ::prctl(PR_SET_NAME, name);
    function();
  });
  thread.detach();
}

void die(std::string_view kind) {
  while (kind == "live") ::pause();
  if (kind == "two-at-once") {
    for (int i = 0; i < 4; ++i) start("rival", [] { wm::test::strike("segv"); });
    for (;;) ::pause();
  }
  wm::test::strike(kind);
}

}  // namespace

int main(int argc, char* argv[]) {
  if (argc < 3) return 66;
  const int file = ::open(argv[1], O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return 67;
  {
    auto crash_record = wm::MappedCrashRecord::create(wm::UniqueFd(::dup(file)));
    crash_record.head().worker = 2;
    crash_record.head().incarnation = 1;
    for (int i = 3; i < argc; ++i) {
      if (std::string_view(argv[i]) == "park") crash_record.head().park = 1;
    }
  }
  wm::crash::arm(file);
  held.lock();
  start("poller", stand_in_poll);
  start("waiter", stand_at_mutex);
  start("spinner", spin);
  const bool all_ears = argc > 3 && std::string_view(argv[3]) == "all-ears";
  if (!all_ears) start("deaf", be_deaf);
  while (standing < (all_ears ? 3 : 4)) std::this_thread::sleep_for(1ms);
  std::this_thread::sleep_for(10ms);  // so that they stand where they should

  wm::crash::begin_task(
      {.id = wm::TaskId{41}, .attempt = 1, .input = "/in/before.jpg", .output = "before.jpg"});
  wm::crash::end_task(true);
  wm::crash::begin_task(
      {.id = wm::TaskId{42}, .attempt = 2, .input = "/in/fatal.jpg", .output = "fatal.jpg"});
  wm::crash::enter_stage(wm::Stage::compose);
  wm::crash::keep_log_line(1, wm::LogLevel::info, 42, "nonce of the subject");
  for (int i = 3; i < argc; ++i) {
    wm::test::confine(argv[i]);
  }
  ::prctl(PR_SET_NAME, "subject");
  die(argv[2]);
  return 68;
}
