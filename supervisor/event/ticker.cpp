#include "supervisor/event/ticker.h"

#include <sys/timerfd.h>

#include <cstdint>

#include "common/os/errno_error.h"

namespace wm {

Ticker::Ticker(std::chrono::milliseconds period)
    : fd_(check_errno(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd_create")) {
  const timespec time{.tv_sec = period.count() / 1000, .tv_nsec = period.count() % 1000 * 1'000'000};
  const itimerspec spec{.it_interval = time, .it_value = time};
  check_errno(::timerfd_settime(fd_.get(), 0, &spec, nullptr), "timerfd_settime");
}

void Ticker::take() const noexcept {
  std::uint64_t expirations = 0;
  [[maybe_unused]] const auto got = ::read(fd_.get(), &expirations, sizeof expirations);
}

}  // namespace wm
