#include "supervisor/event/event_loop.h"

#include <sys/epoll.h>

#include <array>

#include "common/os/errno_error.h"

namespace wm {

EventLoop::EventLoop() : epoll_(check_errno(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {}

EventLoop::WatchId EventLoop::watch(int fd, std::function<void()> on_readable) {
  const std::uint64_t id = next_id_++;
  epoll_event event{.events = EPOLLIN, .data = {.u64 = id}};
  check_errno(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  callbacks_.emplace(id, std::move(on_readable));
  return static_cast<WatchId>(id);
}

void EventLoop::unwatch(WatchId id, int fd) noexcept {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  callbacks_.erase(static_cast<std::uint64_t>(id));
}

void EventLoop::wait(std::chrono::milliseconds at_most) {
  std::array<epoll_event, 64> events{};
  const auto began = std::chrono::steady_clock::now();
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                 static_cast<int>(at_most.count()));
  if (count < 0 && errno != EINTR) throw_errno("epoll_wait");
  const Turn turn{.waited = std::chrono::steady_clock::now() - began, .busy = began - woke_};
  woke_ = began + turn.waited;
  if (on_wake_) on_wake_(turn);
  for (int i = 0; i < count; ++i) {
    const std::uint64_t id = events[static_cast<std::size_t>(i)].data.u64;  // a copy: the struct is packed
    const auto found = callbacks_.find(id);
    if (found == callbacks_.end()) continue;
    const auto callback = found->second;  // a copy: it may unwatch itself
    callback();
  }
}

}  // namespace wm
