#pragma once

// Tells systemd how the job is doing, when it started us as a service of Type=notify: ready, a line of
// status, a sign of life for its watchdog, stopping. Without NOTIFY_SOCKET all of it is nothing. The protocol
// is that of sd_notify(3) and sd_watchdog_enabled(3): datagrams of NAME=VALUE lines. libsystemd would read
// the socket's name from the environment each time, which must not change any more once there are threads.
// Main thread.

#include <chrono>
#include <functional>
#include <string>

#include "common/os/unique_fd.h"

namespace wm {

class ServiceManager {
 public:
  using Clock = std::chrono::steady_clock;

  /// Reads the environment and takes the variables out of it, so that workers do not answer for us: before
  /// the first thread starts.
  ServiceManager();

  void say_ready() const { notify("READY=1"); }
  /// Call it as the main loop turns: gives the sign of life when one is due, and every two seconds the
  /// status.
  void tick(Clock::time_point now, const std::function<std::string()>& status);
  void say_stopping() const { notify("STOPPING=1"); }

 private:
  void notify(const std::string& state) const;

  std::string address_;  // of the socket; '@' begins an abstract one; empty: nobody listens
  UniqueFd socket_;
  Clock::duration watchdog_interval_{};  // zero: no watchdog
  Clock::time_point watchdog_due_{}, status_due_{};
};

}  // namespace wm
