#include "supervisor/event/signal_queue.h"

#include <sys/signalfd.h>

#include <csignal>

#include "common/os/errno_error.h"

namespace wm {

SignalQueue::SignalQueue() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGTSTP, SIGCONT})
    sigaddset(&signals, signal);
  check_errno(::sigprocmask(SIG_BLOCK, &signals, nullptr), "sigprocmask");
  std::signal(SIGPIPE, SIG_IGN);
  fd_ = UniqueFd(check_errno(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd"));
}

std::optional<int> SignalQueue::take() const {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

void SignalQueue::suspend() noexcept {
  sigset_t suspending;
  sigemptyset(&suspending);
  sigaddset(&suspending, SIGTSTP);
  ::raise(SIGTSTP);
  ::pthread_sigmask(SIG_UNBLOCK, &suspending, nullptr);  // stops here
  ::pthread_sigmask(SIG_BLOCK, &suspending, nullptr);
}

bool SignalQueue::was_continued() noexcept {
  sigset_t pending;
  sigemptyset(&pending);
  return ::sigpending(&pending) == 0 && sigismember(&pending, SIGCONT) == 1;
}

}  // namespace wm
