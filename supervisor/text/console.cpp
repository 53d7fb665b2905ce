#include "supervisor/text/console.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <new>
#include <string>

namespace wm {
namespace {

std::atomic<int> first_print_error{0};

bool write_all(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written == 0) errno = ENOSPC;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

void say(std::string_view text) noexcept {
  write_all(STDERR_FILENO, text);
}

void complain(std::string_view text) noexcept {
  try {
    say(std::string("wm-supervisor: ")
            .append(text)
            .append("\n"));  // a single write, so that lines do not mix
  } catch (const std::bad_alloc&) {
    say(text);
  }
}

bool print_out(std::string_view text) noexcept {
  if (write_all(STDOUT_FILENO, text)) return true;
  const int error = errno;
  int none = 0;
  if (error != EPIPE && error != EIO) first_print_error.compare_exchange_strong(none, error);
  return false;
}

int print_error() noexcept {
  return first_print_error;
}

void PrintedLines::add(std::string_view text) {
  constexpr std::size_t block = std::size_t{1} << 16;
  pending_ += text;
  if (pending_.size() >= block) flush();
}

void PrintedLines::flush() noexcept {
  print_out(pending_);
  pending_.clear();
}

void secure_standard_descriptors() noexcept {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    // open() takes the lowest free number, which is the closed one.
    if (::fcntl(fd, F_GETFD) < 0) [[maybe_unused]]
      const int opened = ::open("/dev/null", O_RDWR);
  }
}

}  // namespace wm
