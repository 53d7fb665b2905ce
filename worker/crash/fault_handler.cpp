#include "worker/crash/fault_handler.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "common/crash/snapshot_format.h"
#include "common/segment/inherited_descriptors.h"
#include "worker/crash/thread_snapshot.h"

namespace wm::crash {
namespace {

constexpr int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
constexpr int handler_seconds = 2;  // a handler that takes longer is given up

CrashRecordHead* head = nullptr;
int crash_record = -1;
std::atomic<std::int32_t> winner{0};  // thread that writes the death's snapshot
std::atomic<int> signal_of_death{0};
std::atomic<bool> snapshot_busy{false};  // by a death or a live snapshot

std::int32_t own_tid() noexcept {
  return static_cast<std::int32_t>(::syscall(SYS_gettid));
}

void pause_for_a_while() noexcept {
  const timespec time{0, 10'000'000};
  ::syscall(SYS_nanosleep, &time, nullptr);
}

void set_state(CrashRecordState state) noexcept {
  head->state.store(static_cast<std::uint32_t>(state), std::memory_order_release);
}

void tell_supervisor() noexcept {
  const std::uint64_t one = 1;
  ::syscall(SYS_write, inherited::done, &one, sizeof one);
}

void set_default(int signal) noexcept {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  ::sigaction(signal, &action, nullptr);
}

/// The handler of the death hangs: lets the signal kill the process without it.
void on_alarm(int) noexcept {
  const int signal = signal_of_death.load();
  if (signal == 0) return;
  set_default(signal);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
  ::syscall(SYS_tgkill, ::syscall(SYS_getpid), own_tid(), signal);
}

void guard_handler() noexcept {
  struct sigaction action {};
  action.sa_handler = on_alarm;
  ::sigaction(SIGALRM, &action, nullptr);
  const itimerval time{{0, 0}, {handler_seconds, 0}};
  ::syscall(SYS_setitimer, ITIMER_REAL, &time, nullptr);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGALRM);
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

void end_guard() noexcept {
  const itimerval none{};
  ::syscall(SYS_setitimer, ITIMER_REAL, &none, nullptr);
}

/// Waits for a live snapshot in progress to end and prevents further ones. False: it does not end.
bool occupy_snapshot() noexcept {
  for (int i = 0; i < 50; ++i) {
    if (!snapshot_busy.exchange(true)) return true;
    pause_for_a_while();
  }
  return false;
}

/// --wait-on-crash: waits until somebody kills this process.
[[noreturn]] void park() noexcept {
  end_guard();
  ::syscall(SYS_prctl, PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0,
            0);  // Yama: allow any permitted process, not only ancestors
  set_state(CrashRecordState::parked);
  tell_supervisor();
  for (;;) pause_for_a_while();
}

/// Lets the signal have its original effect. A fault recurs when the instruction is executed again, with all
/// its details from the kernel; a signal that was sent is sent again unchanged.
void take_course(int signal, siginfo_t* info) noexcept {
  set_default(signal);
  const bool happens_again =
      info->si_code > 0 && (signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE || signal == SIGILL);
  if (happens_again) return;
  const long process = ::syscall(SYS_getpid);
  if (::syscall(SYS_rt_tgsigqueueinfo, process, own_tid(), signal, info) != 0) {
    ::syscall(SYS_tgkill, process, own_tid(), signal);
  }
}

void on_fault(int signal, siginfo_t* info, void* context) noexcept {
  const int saved_errno = errno;
  std::int32_t expected = 0;
  if (!winner.compare_exchange_strong(expected, own_tid())) {
    // Another thread was first and records this one as well; it will end the process.
    set_own_context(static_cast<const ucontext_t*>(context));
    for (;;) pause_for_a_while();
  }
  signal_of_death.store(signal);
  guard_handler();
  set_state(CrashRecordState::dying);
  occupy_snapshot();
  write_snapshot(
      crash_record, area_of_death,
      {.kind = SnapshotKind::fault, .signal = info, .context = static_cast<const ucontext_t*>(context)});
  set_state(CrashRecordState::recorded);
  tell_supervisor();
  if (head->park != 0) park();
  end_guard();
  errno = saved_errno;
  take_course(signal, info);
}

void on_look(int, siginfo_t* info, void* context) noexcept {
  const int saved_errno = errno;
  const auto value = reinterpret_cast<std::uint64_t>(info->si_value.sival_ptr);
  const auto area = static_cast<unsigned>(value % 16);
  if (info->si_code == SI_QUEUE && area != area_of_death && area < snapshot_areas &&
      !snapshot_busy.exchange(true)) {
    write_snapshot(crash_record, area,
                   {.kind = SnapshotKind::look,
                    .context = static_cast<const ucontext_t*>(context),
                    .request = value / 16});
    let_threads_go();
    snapshot_busy.store(false);
    tell_supervisor();
  }
  errno = saved_errno;
}

void install(int signal, void (*handler)(int, siginfo_t*, void*), int flags) noexcept {
  struct sigaction action {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | flags;
  sigfillset(&action.sa_mask);
  // Threads in a handler can still be asked, and the guard still works.
  sigdelset(&action.sa_mask, ask_signal());
  sigdelset(&action.sa_mask, SIGALRM);
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

void install_fault_handlers(CrashRecordHead& crash_record_head, int record_fd) noexcept {
  head = &crash_record_head;
  crash_record = record_fd;
  for (const int signal : faults) install(signal, on_fault, 0);
  install(
      ask_signal(), [](int signal, siginfo_t* info, void* context) { on_ask(signal, info, context); },
      SA_RESTART);
  install(snapshot_signal(), on_look, SA_RESTART);
}

void record_exit(int status, ucontext_t* context) noexcept {
  if (head == nullptr || head->pid != static_cast<std::int32_t>(::syscall(SYS_getpid))) return;
  if (head->state.load(std::memory_order_acquire) != static_cast<std::uint32_t>(CrashRecordState::armed))
    return;
  std::int32_t expected = 0;
  if (!winner.compare_exchange_strong(expected, own_tid())) return;
  set_state(CrashRecordState::dying);
  occupy_snapshot();
  write_snapshot(crash_record, area_of_death,
                 {.kind = SnapshotKind::exit, .context = context, .exit_status = status});
  let_threads_go();  // exit() runs destructors, which may wait for the threads
  set_state(CrashRecordState::recorded);
  if (head->park != 0) park();
}

}  // namespace wm::crash
