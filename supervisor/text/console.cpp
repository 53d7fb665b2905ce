#include "supervisor/text/console.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <string>

namespace wm {
namespace {

bool write_all(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
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
    say(std::string("wm-supervisor: ").append(text).append("\n"));  // one write, so that lines do not mix
  } catch (const std::bad_alloc&) {
    say(text);
  }
}

bool print_out(std::string_view text) noexcept {
  return write_all(STDOUT_FILENO, text);
}

void secure_standard_descriptors() noexcept {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    // The lowest free number is taken, which is the closed one.
    if (::fcntl(fd, F_GETFD) < 0) [[maybe_unused]]
      const int opened = ::open("/dev/null", O_RDWR);
  }
}

}  // namespace wm
