#include "supervisor/preview/preview_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/pool/worker_memory.h"

namespace wm {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t longest_answer = std::size_t{64} << 20;
constexpr auto between_looks = 50ms;

/// A duplicate out of the way of the numbers that the process inherits.
UniqueFd out_of_the_way(int fd) {
  return UniqueFd(check_errno(::fcntl(fd, F_DUPFD_CLOEXEC, preview_fds::end), "F_DUPFD_CLOEXEC"));
}

/// A started process, killed and reaped at the latest by the destructor.
class Child {
 public:
  Child(const std::string& program, int request, int job, int answer) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
      ::posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    }
    ::posix_spawn_file_actions_adddup2(&actions, request, preview_fds::request);
    ::posix_spawn_file_actions_adddup2(&actions, job, preview_fds::job);
    ::posix_spawn_file_actions_adddup2(&actions, answer, preview_fds::answer);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::string name = "wm-worker", word = preview_worker_word, pid = fmt::format("{}", ::getpid());
    char* const arguments[] = {name.data(), word.data(), pid.data(), nullptr};
    const int error = ::posix_spawn(&pid_, program.c_str(), &actions, &attributes, arguments, environ);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
      errno = error;
      throw_errno("cannot start the worker program");
    }
  }
  ~Child() { kill_and_reap(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  /// Its wait status, once it has ended.
  [[nodiscard]] std::optional<int> ended() {
    if (pid_ > 0 && ::waitpid(pid_, &status_, WNOHANG) == pid_) pid_ = -1;
    return pid_ < 0 ? std::optional(status_) : std::nullopt;
  }

 private:
  void kill_and_reap() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
  }

  pid_t pid_ = -1;
  int status_ = 0;
};

PreviewAnswer failed(std::string why) {
  return {.kind = PreviewAnswer::Kind::failed, .bytes = {}, .text = std::move(why)};
}

std::string signal_name(int signal) {
  const char* const word = ::sigabbrev_np(signal);
  return word != nullptr ? fmt::format("SIG{}", word) : fmt::format("signal {}", signal);
}

class Watch {
 public:
  Watch(Child& child, const PreviewProcess::Limits& limits) : child_(child), limits_(limits) {}

  /// Reads the answer to its end. Returns why it came to nothing, "" when it did not.
  std::string read_to_end(int fd, std::vector<std::byte>& answer) const {
    std::vector<std::byte> chunk(std::size_t{1} << 16U);
    for (;;) {
      pollfd watched{fd, POLLIN, 0};
      ::poll(&watched, 1, static_cast<int>(std::chrono::milliseconds(between_looks).count()));
      if (std::string fault = exceeded(); !fault.empty()) return fault;
      if (watched.revents == 0) continue;
      const ssize_t got = ::read(fd, chunk.data(), chunk.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return "";
      answer.insert(answer.end(), chunk.begin(), chunk.begin() + got);
      if (answer.size() > longest_answer) return "its process said too much";
    }
  }

  /// After the answer: waits for its end. Returns why it did not end well, "" when it did.
  std::string wait_for_end() const {
    std::optional<int> status = child_.ended();
    for (; !status; status = child_.ended()) {
      if (std::string fault = exceeded(); !fault.empty()) return fault;
      ::poll(nullptr, 0, 1);
    }
    if (WIFSIGNALED(*status))
      return fmt::format("its process was killed by {}", signal_name(WTERMSIG(*status)));
    return *status == 0 ? "" : fmt::format("its process exited with status {}", WEXITSTATUS(*status));
  }

 private:
  [[nodiscard]] std::string exceeded() const {
    if (limits_.time > 0ms && Clock::now() - began_ > limits_.time) {
      return fmt::format("takes longer than {} s", static_cast<double>(limits_.time.count()) / 1000);
    }
    if (limits_.memory && private_bytes(child_.pid()) > *limits_.memory)
      return "needs more memory than is allowed";
    return "";
  }

  Child& child_;
  const PreviewProcess::Limits& limits_;
  Clock::time_point began_ = Clock::now();
};

}  // namespace

PreviewProcess::PreviewProcess(std::string program, const JobDescription& job, const Limits& limits)
    : program_(std::move(program)), job_(out_of_the_way(to_sealed_file(job).get())), limits_(limits) {}

PreviewAnswer PreviewProcess::ask(const PreviewRequest& request) const {
  int ends[2];
  check_errno(::pipe2(ends, O_CLOEXEC), "pipe2");
  const UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  UniqueFd answer_end = out_of_the_way(write_end.get());
  const UniqueFd question = out_of_the_way(to_sealed_file(request).get());
  Child child(program_, question.get(), job_.get(), answer_end.get());
  write_end.reset();
  answer_end.reset();

  const Watch watch(child, limits_);
  std::vector<std::byte> answer;
  std::string fault = watch.read_to_end(read_end.get(), answer);
  if (fault.empty()) fault = watch.wait_for_end();
  if (!fault.empty()) return failed(std::move(fault));
  try {
    return preview_answer_from(answer);
  } catch (const std::runtime_error& error) {
    return failed(error.what());
  }
}

}  // namespace wm
