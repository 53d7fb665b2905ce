#include "supervisor/pool/worker_process.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "common/segment/inherited_descriptors.h"
#include "supervisor/pool/process_status.h"

namespace wm {
namespace {

bool runs(const ProcessStatus& status) {
  return status.state != 'Z' && status.state != 'X';
}

/// Whether the process holds the crash record's file at the descriptor where workers have it. Other children
/// of the supervisor have another file there, or none. For a process that must not be dumped, the kernel does
/// not show this: then the other checks must suffice.
bool holds_crash_record(pid_t pid, int record_fd) {
  struct ::stat own {};
  struct ::stat its {};
  if (::fstat(record_fd, &own) != 0) return false;
  const auto path = fmt::format("/proc/{}/fd/{}", pid, static_cast<int>(inherited::crash_record));
  if (::stat(path.c_str(), &its) != 0) return errno == EACCES;
  return own.st_dev == its.st_dev && own.st_ino == its.st_ino;
}

}  // namespace

WorkerProcess find_worker_process(const CrashRecordHead& head, int record_fd, pid_t supervisor) {
  const pid_t pid = head.pid;
  if (pid <= 1 || supervisor <= 0) return {};
  // Opened first: if the process ends and its pid is reused, the data read below belong to another process,
  // but the descriptor still refers to the ended one.
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd) return {};
  const auto status = process_status(pid);
  const bool is_ours = status && runs(*status) && status->parent == supervisor &&
                       status->start_ticks == head.start_ticks && has_own_user(pid) &&
                       holds_crash_record(pid, record_fd);
  if (!is_ours) return {};
  return {std::move(pidfd), pid};
}

bool lives(const CrashRecordHead& head) {
  const auto status = process_status(head.pid);
  return status && runs(*status) && status->start_ticks == head.start_ticks;
}

}  // namespace wm
