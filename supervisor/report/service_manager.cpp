#include "supervisor/report/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>

namespace wm {
namespace {

constexpr auto status_interval = std::chrono::seconds(2);

std::string take_variable(const char* name) {
  const char* const value = std::getenv(name);
  std::string text = value == nullptr ? "" : value;
  ::unsetenv(name);
  return text;
}

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

ServiceManager::ServiceManager() : address_(take_variable("NOTIFY_SOCKET")) {
  const auto watchdog = whole(take_variable("WATCHDOG_USEC"));
  const auto watched = whole(take_variable("WATCHDOG_PID"));
  if (address_.empty()) return;
  socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const bool for_us = !watched || *watched == ::getpid();
  if (watchdog && *watchdog > 0 && for_us) watchdog_interval_ = std::chrono::microseconds(*watchdog / 2);
}

void ServiceManager::notify(const std::string& state) const {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (!socket_ || address_.size() >= sizeof to.sun_path) return;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  if (address_.front() == '@') to.sun_path[0] = '\0';
  const auto bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  // Errors are ignored: a manager that does not listen is no reason to stop a job.
  ::sendto(socket_.get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to),
           bytes);
}

void ServiceManager::tick(Clock::time_point now, const std::function<std::string()>& status) {
  if (!socket_) return;
  if (watchdog_interval_.count() > 0 && now >= watchdog_due_) {
    notify("WATCHDOG=1");
    watchdog_due_ = now + watchdog_interval_;
  }
  if (now >= status_due_) {
    std::string line = "STATUS=" + status();
    std::ranges::replace(line, '\n', ' ');
    notify(line);
    status_due_ = now + status_interval;
  }
}

}  // namespace wm
