#include "supervisor/input/file_list.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "common/os/errno_error.h"

namespace wm {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";  // of UTF-8

}  // namespace

FileListReader::FileListReader(int fd, FileList::Separator separator, int stop_fd)
    : fd_(fd),
      stop_fd_(stop_fd),
      separator_(separator == FileList::Separator::nul ? '\0' : '\n'),
      buffer_(64U << 10U) {}

bool FileListReader::wait_for_bytes() {
  if (fd_ < 0) return true;  // poll ignores a negative descriptor; read reports the error
  std::array<::pollfd, 2> both{{{fd_, POLLIN, 0}, {stop_fd_, POLLIN, 0}}};
  while (::poll(both.data(), both.size(), -1) < 0) {
    if (errno != EINTR) throw_errno("poll");
  }
  stopped_ = both[1].revents != 0;
  return !stopped_;
}

bool FileListReader::fill() {
  begin_ = end_ = 0;
  while (wait_for_bytes()) {
    const ::ssize_t length = ::read(fd_, buffer_.data(), buffer_.size());
    if (length < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (length < 0) throw_errno("read");
    end_ = static_cast<std::size_t>(length);
    return length > 0;
  }
  return false;
}

bool FileListReader::read_to_separator(Entry& entry) {
  while (begin_ < end_ || fill()) {
    const char* const start = buffer_.data() + begin_;
    const char* const stop = buffer_.data() + end_;
    const char* const found = std::find(start, stop, separator_);
    const auto length = static_cast<std::size_t>(found - start);
    // One more than the longest name, for a carriage return that is removed again.
    const std::size_t room = longest_name + 1 - entry.name.size();
    entry.too_long = entry.too_long || length > room;
    entry.name.append(start, std::min(length, room));
    begin_ += length;
    if (found != stop) {
      ++begin_;
      return true;
    }
  }
  return false;
}

std::optional<FileListReader::Entry> FileListReader::next() {
  for (bool more = true; more;) {
    Entry entry;
    more = read_to_separator(entry);
    if (stopped_) return std::nullopt;  // the name may be incomplete
    entry.number = ++number_;
    if (separator_ == '\n') {
      if (number_ == 1 && entry.name.starts_with(byte_order_mark)) {
        entry.name.erase(0, byte_order_mark.size());
      }
      if (!entry.too_long && entry.name.ends_with('\r')) entry.name.pop_back();
    }
    entry.too_long = entry.too_long || entry.name.size() > longest_name;
    if (!entry.name.empty()) return entry;
  }
  return std::nullopt;
}

}  // namespace wm
