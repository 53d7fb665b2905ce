// What systemd hears of a job that it started as a service of Type=notify.

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "common/os/errno_error.h"
#include "common/os/unique_fd.h"
#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/processes.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

using namespace std::chrono_literals;

/// The service manager's end.
class Listener {
 public:
  explicit Listener(const std::string& path)
      : socket_(check_errno(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket")) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    check_errno(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  }

  const std::vector<std::string>& heard() {
    std::array<char, 1024> message{};
    for (ssize_t count = 0; (count = ::recv(socket_.get(), message.data(), message.size(), 0)) > 0;) {
      heard_.emplace_back(message.data(), static_cast<std::size_t>(count));
    }
    return heard_;
  }
  bool has(std::string_view beginning) {
    return std::ranges::any_of(heard(),
                               [&](const std::string& message) { return message.starts_with(beginning); });
  }
  std::ptrdiff_t count(const std::string& message) { return std::ranges::count(heard(), message); }

 private:
  UniqueFd socket_;
  std::vector<std::string> heard_;
};

/// Ends once the gate is open.
Words gated_job(const Job& job) {
  (void)job.add_gated(20);
  Words words = job.command({"--worker-program", hazard_worker(), "--timeout", "0"});
  words.push_back(job.gated());
  return words;
}

constexpr auto watchdog = 400ms;

ProgramOptions as_service(const Job& job, const std::string& socket) {
  ProgramOptions options = job.options();
  options.environment.push_back("NOTIFY_SOCKET=" + socket);
  options.environment.push_back("WATCHDOG_USEC=" +
                                std::to_string(std::chrono::microseconds(watchdog).count()));
  return options;
}

TEST_CASE("a service manager hears when the job is ready, how it goes, that it lives, and that it ends") {
  const Job job;
  const Words words = gated_job(job);
  Listener listener(job.directory() + "/notify");
  RunningProgram program(words, as_service(job, job.directory() + "/notify"));
  // The kernel keeps few messages for a process that does not listen.
  const auto is_status_of_all = [](const std::string& message) {
    return message.starts_with("STATUS=") && message.find("/20") != std::string::npos;
  };
  CHECK(wait_until([&] {
    return listener.count("WATCHDOG=1") >= 3 && std::ranges::any_of(listener.heard(), is_status_of_all);
  }));
  CHECK(listener.count("STOPPING=1") == 0);
  job.open_gate();
  REQUIRE(wait_until([&] { return listener.has("STOPPING=1"); }));
  CHECK(program.wait().exit_code == 0);
  CHECK(listener.count("READY=1") == 1);
  CHECK(listener.count("STOPPING=1") == 1);
  const auto& heard = listener.heard();
  CHECK(std::ranges::find(heard, "READY=1") < std::ranges::find(heard, "STOPPING=1"));
}

TEST_CASE("a main loop that stands still gives no sign of life, and workers never do") {
  const Job job;
  const Words words = gated_job(job);
  Listener listener(job.directory() + "/notify");
  RunningProgram program(words, as_service(job, job.directory() + "/notify"));
  REQUIRE(wait_until([&] { return listener.count("WATCHDOG=1") >= 1 && job.at_gate() == 2; }));
  const auto environment =
      read_file("/proc/" + std::to_string(job.workers("hazard-worker").front()) + "/environ");
  CHECK(environment.find("NOTIFY_SOCKET") == std::string::npos);
  CHECK(environment.find("WATCHDOG_USEC") == std::string::npos);
  program.send(SIGSTOP);
  REQUIRE(wait_until([&] { return process_state(program.pid()) == 'T'; }));
  const auto before = listener.count("WATCHDOG=1");
  job.open_gate();  // the workers go on without their supervisor
  REQUIRE(wait_until([&] { return files_below(job.out()).size() >= 2; }));
  std::this_thread::sleep_for(2 * watchdog);  // no event to wait for: four signs are due in this time
  CHECK(listener.count("WATCHDOG=1") == before);
  program.send(SIGCONT);
  CHECK(wait_until([&] { return listener.count("WATCHDOG=1") > before; }));
  CHECK(program.wait().exit_code == 0);
}

}  // namespace
}  // namespace wm::test
