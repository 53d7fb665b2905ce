#include "worker/jpeg/scan_window.h"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace wm::jpeg {

ScanWindow::ScanWindow(Bytes file, std::size_t bytes)
    : file_(file),
      capacity_(std::max(std::min(bytes, file.size()), 2 * margin)),
      buffer_(std::make_unique_for_overwrite<std::uint8_t[]>(capacity_ + margin)) {}

void ScanWindow::start(std::size_t position) {
  source_ = begin_ = position;
  filled_ = 0;
  complete_ = false;
  stuffed_.clear();
  fill();
}

std::size_t ScanWindow::slide(std::size_t position) {
  const std::size_t dropped = std::min(position / 8, filled_);
  const std::size_t begin = file_position(dropped);
  const std::size_t left_out = begin - begin_ - dropped;
  std::erase_if(stuffed_, [&](const Stuffed& byte) { return byte.index < dropped; });
  for (Stuffed& byte : stuffed_) {
    byte.index -= dropped;
    byte.left_out -= left_out;
  }
  begin_ = begin;
  std::memmove(buffer_.get(), buffer_.get() + dropped, filled_ - dropped);
  filled_ -= dropped;
  fill();
  return dropped * 8;
}

std::size_t ScanWindow::file_position(std::size_t index) const {
  const auto after = std::ranges::lower_bound(stuffed_, index, {}, &Stuffed::index);
  return begin_ + index + (after == stuffed_.begin() ? 0 : std::prev(after)->left_out);
}

std::size_t ScanWindow::copy_plain(const std::uint8_t* from, std::size_t most) {
  const void* const found = std::memchr(from, 0xff, most);
  const std::size_t count =
      found == nullptr ? most : static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - from);
  std::memcpy(buffer_.get() + filled_, from, count);
  return count;
}

void ScanWindow::fill() {
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(file_.data());
  while (!complete_ && filled_ < capacity_) {
    const std::size_t room = std::min(capacity_ - filled_, file_.size() - source_);
    const std::size_t plain = copy_plain(bytes + source_, room);
    filled_ += plain;
    source_ += plain;
    if (plain == room && source_ < file_.size()) break;  // full
    std::size_t next = source_;
    while (next < file_.size() && bytes[next] == 0xff) ++next;
    if (next == file_.size() || bytes[next] != 0) {
      complete_ = true;
      break;
    }
    buffer_[filled_] = 0xff;
    source_ = next + 1;
    stuffed_.push_back({.index = filled_, .left_out = source_ - begin_ - filled_ - 1});
    ++filled_;
  }
  initialise_margin();
}

/// The margin is read, but its contents never affect a result.
void ScanWindow::initialise_margin() {
  const std::size_t begin = std::max(initialised_, filled_);
  const std::size_t end = filled_ + margin;
  if (end <= begin) return;
  std::memset(buffer_.get() + begin, 0, end - begin);
  initialised_ = end;
}

}  // namespace wm::jpeg
