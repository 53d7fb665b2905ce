#include "supervisor/pool/crash_record_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <stdexcept>

#include "common/os/errno_error.h"

namespace wm {
namespace {

/// Bytes beyond the end of the file are zero.
void read_head(int fd, CrashRecordHead& head) {
  auto* const bytes = reinterpret_cast<std::byte*>(&head);
  std::size_t done = 0;
  while (done < sizeof head) {
    const ssize_t got = ::pread(fd, bytes + done, sizeof head - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno("cannot read the crash record");
    if (got == 0) return;
    done += static_cast<std::size_t>(got);
  }
}

}  // namespace

CrashRecordState CrashRecordFile::state() const noexcept {
  std::uint32_t state = 0;
  const ssize_t got = ::pread(fd(), &state, sizeof state, offsetof(CrashRecordHead, state));
  return got == ssize_t{sizeof state} ? static_cast<CrashRecordState>(state) : CrashRecordState::prepared;
}

void mark_as_reported(int crash_record) noexcept {
  const auto state = static_cast<std::uint32_t>(CrashRecordState::ended);
  static_cast<void>(!::pwrite(crash_record, &state, sizeof state, offsetof(CrashRecordHead, state)));
}

CrashRecord::CrashRecord(UniqueFd file) : file_(std::move(file)) {
  auto head = std::make_unique<CrashRecordHead>();
  read_head(fd(), *head);
  if (head->magic != crash_record_magic || head->version != crash_record_version)
    throw std::runtime_error("the crash record is not one of this version of wm-supervisor");
  head_ = std::move(head);
}

CrashRecordState CrashRecord::state() const noexcept {
  return static_cast<CrashRecordState>(head_->state.load(std::memory_order_relaxed));
}

}  // namespace wm
