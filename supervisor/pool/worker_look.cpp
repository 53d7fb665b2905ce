#include "supervisor/pool/worker_look.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>

#include "common/crash/snapshot_format.h"

namespace wm {

bool send_look(int pidfd, CellState state, unsigned area, std::uint64_t request) noexcept {
  if (state != CellState::armed) return false;
  siginfo_t info{};
  info.si_signo = look_signal();
  info.si_code = SI_QUEUE;
  info.si_pid = ::getpid();
  info.si_uid = ::getuid();
  // A number that comes back as it is. NOLINTNEXTLINE(performance-no-int-to-ptr)
  info.si_value.sival_ptr = reinterpret_cast<void*>(area + 16 * request);
  return ::syscall(SYS_pidfd_send_signal, pidfd, look_signal(), &info, 0) == 0;
}

bool look_is_complete(int cell_fd, unsigned area, std::uint64_t request) noexcept {
  constexpr std::size_t enough = offsetof(SnapshotHeader, time_ns);
  alignas(SnapshotHeader) std::array<std::byte, enough> bytes{};
  if (::pread(cell_fd, bytes.data(), enough, static_cast<off_t>(offset_of_area(area))) !=
      static_cast<ssize_t>(enough)) {
    return false;
  }
  std::uint32_t state = 0;
  std::uint64_t answered = 0;
  std::memcpy(&state, bytes.data() + offsetof(SnapshotHeader, state), sizeof state);
  std::memcpy(&answered, bytes.data() + offsetof(SnapshotHeader, request), sizeof answered);
  return answered == request && state == static_cast<std::uint32_t>(SnapshotState::complete);
}

}  // namespace wm
