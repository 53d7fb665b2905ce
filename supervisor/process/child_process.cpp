#include "supervisor/process/child_process.h"

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "common/os/errno_error.h"

namespace wm {
namespace {

constexpr int kill_patience_ms = 5000;

void kill_and_reap(pid_t pid) noexcept {
  ::kill(pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

std::string words(const ProcessEnd& end) {
  if (end.signal == 0) return fmt::format("exited with status {}", end.exit_code);
  const char* const name = ::sigabbrev_np(end.signal);
  return name != nullptr ? fmt::format("was killed by SIG{}", name)
                         : fmt::format("was killed by signal {}", end.signal);
}

ChildProcess::ChildProcess(pid_t pid) : pid_(pid) {
  // The pid cannot be reused before it is reaped.
  pidfd_ = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (pidfd_) return;
  const int error = errno;
  kill_and_reap(pid);
  errno = error;
  throw_errno("pidfd_open");
}

ChildProcess::~ChildProcess() {
  if (pid_ <= 0) return;
  send(SIGKILL);
  pollfd watched{pidfd_.get(), POLLIN, 0};
  while (::poll(&watched, 1, kill_patience_ms) < 0 && errno == EINTR) {
  }
  (void)reap();
}

bool ChildProcess::has_ended() const noexcept {
  pollfd watched{pidfd_.get(), POLLIN, 0};
  return pid_ > 0 && ::poll(&watched, 1, 0) > 0;
}

void ChildProcess::send(int signal) const noexcept {
  if (pid_ > 0) ::syscall(SYS_pidfd_send_signal, pidfd_.get(), signal, nullptr, 0);
}

std::optional<ProcessEnd> ChildProcess::reap() noexcept {
  siginfo_t info{};
  if (pid_ < 0 || ::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED | WNOHANG) < 0 ||
      info.si_pid == 0) {
    return std::nullopt;
  }
  pid_ = -1;
  return info.si_code == CLD_EXITED ? ProcessEnd{.exit_code = info.si_status, .signal = 0}
                                    : ProcessEnd{.exit_code = 0, .signal = info.si_status};
}

void ChildProcess::swap(ChildProcess& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(pidfd_, other.pidfd_);
}

}  // namespace wm
