#include "worker/jpeg/scan_window.h"

#include <algorithm>
#include <cstring>

namespace wm::jpeg {

ScanWindow::ScanWindow(Bytes file, std::size_t bytes)
    : file_(file),
      capacity_(std::max(std::min(bytes, file.size()), 2 * margin)),
      buffer_(capacity_ + margin) {}

void ScanWindow::start(std::size_t position) {
  source_ = position;
  filled_ = 0;
  complete_ = false;
  fill();
}

std::size_t ScanWindow::slide(std::size_t position) {
  const std::size_t dropped = std::min(position / 8, filled_);
  std::memmove(buffer_.data(), buffer_.data() + dropped, filled_ - dropped);
  filled_ -= dropped;
  fill();
  return dropped * 8;
}

void ScanWindow::fill() {
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(file_.data());
  while (!complete_ && filled_ < capacity_) {
    if (source_ == file_.size()) {
      complete_ = true;
      return;
    }
    const std::size_t room = std::min(capacity_ - filled_, file_.size() - source_);
    const void* found = std::memchr(bytes + source_, 0xff, room);
    const std::size_t plain =
        found == nullptr
            ? room
            : static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - bytes) - source_;
    std::memcpy(buffer_.data() + filled_, bytes + source_, plain);
    filled_ += plain;
    source_ += plain;
    if (found == nullptr) continue;
    std::size_t next = source_;
    while (next < file_.size() && bytes[next] == 0xff) ++next;
    if (next == file_.size() || bytes[next] != 0) {
      complete_ = true;
      return;
    }
    buffer_[filled_++] = 0xff;
    source_ = next + 1;
  }
}

}  // namespace wm::jpeg
