#include "supervisor/crash/analyzer_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/json/json_text.h"
#include "common/os/errno_error.h"
#include "common/os/unique_fd.h"
#include "supervisor/analyzer/analysis_json.h"
#include "supervisor/crash/analyzer_answer.h"
#include "supervisor/pool/worker_program.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto default_patience = 30s;  // on a busy machine; it limits its CPU time itself
constexpr auto stop_check = 50ms;       // how often it is looked whether somebody wants it stopped
constexpr std::size_t most_output = std::size_t{16} << 20;

/// This process' environment, without what makes libdw ask servers for symbols.
std::vector<char*> environment() {
  std::vector<char*> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!std::string_view(*entry).starts_with("DEBUGINFOD_URLS=")) result.push_back(*entry);
  }
  result.push_back(nullptr);
  return result;
}

/// The same file, which cannot be written through the new descriptor.
UniqueFd for_reading_only(int cell_fd) {
  return UniqueFd(::open(fmt::format("/proc/self/fd/{}", cell_fd).c_str(), O_RDONLY | O_CLOEXEC));
}

/// With no lower priority: on a busy machine it would not end, and it is one process at a time, for less than
/// a second of CPU time. Standard input from the cell, standard output into `out`, nothing else, and signals
/// as a new process has them. Throws std::system_error.
pid_t spawn(const std::string& program, int cell_fd, unsigned area, int out) {
  std::string name = program, file = "-", option = "--area", number = fmt::format("{}", area);
  const UniqueFd cell = for_reading_only(cell_fd);
  char* const arguments[] = {name.data(), file.data(), option.data(), number.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&actions, cell ? cell.get() : cell_fd, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<char*> variables = environment();
  pid_t child = -1;
  const int error =
      ::posix_spawn(&child, program.c_str(), &actions, &attributes, arguments, variables.data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    errno = error;
    throw_errno("it cannot be started");
  }
  return child;
}

/// Reads to the end, or until the deadline, a request to stop, or too much has come. True: it was the end.
bool read_to_end(int fd, Clock::time_point deadline, const std::stop_token& stop, std::string& text) {
  std::array<char, 65536> chunk{};
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left <= 0ms || stop.stop_requested()) return false;
    pollfd watched{fd, POLLIN, 0};
    if (::poll(&watched, 1, static_cast<int>(std::min(left, stop_check).count())) == 0) continue;
    const ssize_t got = ::read(fd, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0;
    text.append(chunk.data(), static_cast<std::size_t>(got));
    if (text.size() > most_output) return false;
  }
}

/// Waits for its end, at most until the deadline or a request to stop; then it is killed. False: it was.
bool reap(pid_t child, Clock::time_point deadline, const std::stop_token& stop, int& status) {
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (Clock::now() >= deadline || stop.stop_requested()) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return false;
    }
    ::poll(nullptr, 0, 1);
  }
  return true;
}

}  // namespace

AnalyzerProcess::AnalyzerProcess() : patience_(default_patience) {
  const char* const other = std::getenv("WM_CRASH_ANALYZER");
  program_ = other != nullptr ? other : find_own_program("wm-crash-analyzer").value_or("");
}

AnalyzerAnswer AnalyzerProcess::analyse(int cell_fd, unsigned area, const std::stop_token& stop) const {
  const auto failed = [](std::string why) { return AnalyzerAnswer{std::nullopt, std::move(why)}; };
  const auto stopped = [&] {
    return failed("the analyzer was stopped, since there was no more time for it");
  };
  if (program_.empty()) return failed("wm-crash-analyzer is not installed");
  try {
    int ends[2];
    check_errno(::pipe2(ends, O_CLOEXEC), "pipe2");
    const UniqueFd read_end(ends[0]);
    UniqueFd write_end(ends[1]);
    const auto deadline = Clock::now() + patience_;
    const pid_t child = spawn(program_, cell_fd, area, write_end.get());
    write_end.reset();
    std::string text;
    const bool whole = read_to_end(read_end.get(), deadline, stop, text);
    int status = 0;
    if (!reap(child, whole ? deadline : Clock::now(), stop, status)) {
      if (stop.stop_requested()) return stopped();
      return failed(text.size() > most_output ? "the analyzer said too much" : "the analyzer took too long");
    }
    if (WIFSIGNALED(status))
      return failed(fmt::format("the analyzer was killed by signal {}", WTERMSIG(status)));
    if (WEXITSTATUS(status) != 0)
      return failed(fmt::format("the analyzer exited with status {}", WEXITSTATUS(status)));
    auto analysis = analysis_from(json_from_text(text));
    if (!analysis) return failed("the analyzer's answer makes no sense");
    return {std::move(analysis), ""};
  } catch (const std::exception& error) {
    return failed(fmt::format("the analyzer {}: {}", shown_path(program_), one_line(error.what())));
  }
}

}  // namespace wm
