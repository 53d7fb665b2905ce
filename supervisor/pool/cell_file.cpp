#include "supervisor/pool/cell_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <stdexcept>

#include "common/os/errno_error.h"

namespace wm {
namespace {

/// Zeroes where the file ends before the head does.
void read_head(int fd, CrashCellHead& head) {
  auto* const bytes = reinterpret_cast<std::byte*>(&head);
  std::size_t done = 0;
  while (done < sizeof head) {
    const ssize_t got = ::pread(fd, bytes + done, sizeof head - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno("cannot read the crash cell");
    if (got == 0) return;
    done += static_cast<std::size_t>(got);
  }
}

}  // namespace

CellState CellFile::state() const noexcept {
  std::uint32_t state = 0;
  const ssize_t got = ::pread(fd(), &state, sizeof state, offsetof(CrashCellHead, state));
  return got == ssize_t{sizeof state} ? static_cast<CellState>(state) : CellState::prepared;
}

CellRecord::CellRecord(UniqueFd file) : file_(std::move(file)) {
  auto head = std::make_unique<CrashCellHead>();
  read_head(fd(), *head);
  if (head->magic != crash_cell_magic || head->version != crash_cell_version)
    throw std::runtime_error("the crash cell is not one of this version of wm-supervisor");
  head_ = std::move(head);
}

CellState CellRecord::state() const noexcept {
  return static_cast<CellState>(head_->state.load(std::memory_order_relaxed));
}

}  // namespace wm
