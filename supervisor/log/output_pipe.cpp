#include "supervisor/log/output_pipe.h"

#include <poll.h>

#include <array>
#include <cerrno>

namespace wm {
namespace {

constexpr std::size_t max_line_bytes = 4096;
constexpr int max_reads = 16;

}  // namespace

std::size_t OutputPipe::read(const OnLine& on_line) {
  std::size_t bytes = 0;
  std::array<char, 4096> chunk{};
  for (int i = 0; i < max_reads && !at_end_; ++i) {
    const auto got = ::read(fd_.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) break;
    if (got <= 0) {
      at_end_ = true;
      break;
    }
    bytes += static_cast<std::size_t>(got);
    std::string_view rest(chunk.data(), static_cast<std::size_t>(got));
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      unfinished_ += rest.substr(0, end);
      if (end != std::string_view::npos || unfinished_.size() >= max_line_bytes) finish(on_line);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
  }
  return bytes;
}

bool OutputPipe::has_no_writer() const noexcept {
  pollfd pipe{fd_.get(), 0, 0};
  return at_end_ || (::poll(&pipe, 1, 0) == 1 && (pipe.revents & (POLLHUP | POLLERR)) != 0);
}

void OutputPipe::finish(const OnLine& on_line) {
  if (unfinished_.empty()) return;
  on_line(unfinished_);
  unfinished_.clear();
}

}  // namespace wm
