#include "tests/support/run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "common/os/errno_error.h"

namespace wm::test {
namespace {

UniqueFd memory_with(const std::string& bytes) {
  UniqueFd fd(check_errno(::memfd_create("wm-test", MFD_CLOEXEC), "memfd_create"));
  if (::write(fd.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    throw_errno("write");
  check_errno(static_cast<int>(::lseek(fd.get(), 0, SEEK_SET)), "lseek");
  return fd;
}

std::string contents(int fd) {
  std::string bytes;
  char part[65536];
  for (off_t at = 0;; at += static_cast<off_t>(bytes.size()) - at) {
    const auto count = ::pread(fd, part, sizeof part, at);
    if (count <= 0) return bytes;
    bytes.append(part, static_cast<std::size_t>(count));
  }
}

std::vector<char*> pointers(const Words& words) {
  std::vector<char*> result;
  for (const std::string& word : words) result.push_back(const_cast<char*>(word.c_str()));
  result.push_back(nullptr);
  return result;
}

}  // namespace

RunningProgram::RunningProgram(const Words& command, const ProgramOptions& options)
    : out_(memory_with("")), err_(memory_with("")) {
  const UniqueFd own_input = memory_with(options.standard_input);
  const int input = options.standard_input_fd.value_or(own_input.get());
  Words environment = options.environment;
  for (char** variable = environ; *variable != nullptr; ++variable) environment.emplace_back(*variable);
  const std::vector<char*> arguments = pointers(command);
  const std::vector<char*> variables = pointers(environment);

  const pid_t test = ::getpid();
  pid_ = check_errno(::fork(), "fork");
  if (pid_ == 0) {
    // Only async-signal-safe calls: libvips has threads.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != test) ::_exit(125);  // it died before it could be noticed
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    if (options.own_group) ::setpgid(0, 0);
    if (options.umask) ::umask(*options.umask);
    if (!options.directory.empty() && ::chdir(options.directory.c_str()) != 0) ::_exit(126);
    ::dup2(input, STDIN_FILENO);
    ::dup2(out_.get(), STDOUT_FILENO);
    ::dup2(err_.get(), STDERR_FILENO);
    ::execve(arguments[0], arguments.data(), variables.data());
    ::_exit(127);
  }
  pidfd_ = UniqueFd(check_errno(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)), "pidfd_open"));
}

RunningProgram::~RunningProgram() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool RunningProgram::has_ended() const {
  pollfd watched{pidfd_.get(), POLLIN, 0};
  return ::poll(&watched, 1, 0) == 1;
}

void RunningProgram::send(int signal) const {
  ::kill(pid_, signal);  // ours until wait()
}

ProgramResult RunningProgram::wait(std::chrono::milliseconds limit) {
  ProgramResult result;
  pollfd watched{pidfd_.get(), POLLIN, 0};
  if (::poll(&watched, 1, static_cast<int>(limit.count())) == 0) {
    result.timed_out = true;
    send(SIGKILL);
  }
  int status = 0;
  check_errno(::waitpid(pid_, &status, 0), "waitpid");
  pid_ = -1;
  result.elapsed = Clock::now() - began_;
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  result.out = contents(out_.get());
  result.err = contents(err_.get());
  return result;
}

bool is_one_line(const std::string& text) {
  return !text.empty() && text.find('\n') == text.size() - 1;
}

ProgramResult run_program(const Words& command, const ProgramOptions& options,
                          std::chrono::milliseconds limit) {
  return RunningProgram(command, options).wait(limit);
}

}  // namespace wm::test
