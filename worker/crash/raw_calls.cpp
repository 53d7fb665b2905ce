#include "worker/crash/raw_calls.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace wm::crash {

std::int64_t clock_ns(clockid_t clock) noexcept {
  timespec now{};
  ::syscall(SYS_clock_gettime, clock, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

void pause_for(std::int64_t ns) noexcept {
  const timespec time{0, static_cast<long>(ns)};
  ::syscall(SYS_nanosleep, &time, nullptr);
}

std::int32_t own_tid() noexcept {
  return static_cast<std::int32_t>(::syscall(SYS_gettid));
}

std::uint64_t put(int fd, std::uint64_t address, std::uint64_t bytes, std::uint64_t offset) noexcept {
  std::uint64_t done = 0;
  while (done < bytes) {
    const long written = ::syscall(SYS_pwrite64, fd, address + done, bytes - done, offset + done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    done += static_cast<std::uint64_t>(written);
  }
  return done;
}

std::uint64_t put(int fd, const void* data, std::uint64_t bytes, std::uint64_t offset) noexcept {
  return put(fd, reinterpret_cast<std::uint64_t>(data), bytes, offset);
}

std::uint64_t take_number(const char*& text, const char* end, unsigned base) noexcept {
  std::uint64_t number = 0;
  for (; text < end; ++text) {
    const char letter = *text;
    unsigned digit = 0;
    if (letter >= '0' && letter <= '9') {
      digit = static_cast<unsigned>(letter - '0');
    } else if (base == 16 && letter >= 'a' && letter <= 'f') {
      digit = static_cast<unsigned>(letter - 'a') + 10;
    } else {
      break;
    }
    number = number * base + digit;
  }
  return number;
}

}  // namespace wm::crash
