#pragma once

// Reports the state of the job to systemd, if we were started as a service of Type=notify: ready, a status
// line, a sign of life for its watchdog, stopping. Does nothing without NOTIFY_SOCKET. The protocol is that
// of sd_notify(3) and sd_watchdog_enabled(3): datagrams of NAME=VALUE lines. libsystemd is not used because
// it reads the socket's name from the environment each time, and the environment must not change once there
// are threads. Main thread.

#include <chrono>
#include <functional>
#include <string>

#include "common/os/unique_fd.h"

namespace wm {

class ServiceManager {
 public:
  using Clock = std::chrono::steady_clock;

  /// Reads the variables and removes them from the environment, so that workers do not answer for us. Call it
  /// before the first thread starts.
  ServiceManager();

  void say_ready() const { notify("READY=1"); }
  /// Call it in each turn of the main loop: sends the sign of life when one is due, and the status every two
  /// seconds.
  void tick(Clock::time_point now, const std::function<std::string()>& status);
  void say_stopping() const { notify("STOPPING=1"); }

 private:
  void notify(const std::string& state) const;

  std::string address_;  // of the socket; an abstract one begins with '@'; empty: not a service
  UniqueFd socket_;
  Clock::duration watchdog_interval_{};  // zero: no watchdog
  Clock::time_point watchdog_due_{}, status_due_{};
};

}  // namespace wm
