#include "common/os/event_fd.h"

#include <sys/eventfd.h>

#include "common/os/errno_error.h"

namespace wm {

EventFd EventFd::create(Kind kind) {
  const int flags = EFD_CLOEXEC | EFD_NONBLOCK | (kind == Kind::semaphore ? EFD_SEMAPHORE : 0);
  return EventFd(UniqueFd(check_errno(::eventfd(0, flags), "eventfd")));
}

void EventFd::post(std::uint64_t count) const noexcept {
  [[maybe_unused]] const auto written = ::write(fd_.get(), &count, sizeof count);
}

bool EventFd::take() const noexcept {
  std::uint64_t count = 0;
  return ::read(fd_.get(), &count, sizeof count) == sizeof count;
}

}  // namespace wm
