#include "supervisor/pool/live_snapshot.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>

#include "common/crash/snapshot_format.h"

namespace wm {

bool request_snapshot(int pidfd, CrashRecordState state, unsigned area, std::uint64_t request) noexcept {
  if (state != CrashRecordState::armed) return false;
  siginfo_t info{};
  info.si_signo = snapshot_signal();
  info.si_code = SI_QUEUE;
  info.si_pid = ::getpid();
  info.si_uid = ::getuid();
  // The worker gets this number back unchanged. NOLINTNEXTLINE(performance-no-int-to-ptr)
  info.si_value.sival_ptr = reinterpret_cast<void*>(area + 16 * request);
  return ::syscall(SYS_pidfd_send_signal, pidfd, snapshot_signal(), &info, 0) == 0;
}

bool snapshot_is_complete(int record_fd, unsigned area, std::uint64_t request) noexcept {
  constexpr std::size_t enough = offsetof(SnapshotHeader, time_ns);
  alignas(SnapshotHeader) std::array<std::byte, enough> bytes{};
  if (::pread(record_fd, bytes.data(), enough, static_cast<off_t>(offset_of_area(area))) !=
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
