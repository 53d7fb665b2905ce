#include "supervisor/pool/worker_launcher.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "common/segment/inherited_descriptors.h"
#include "common/segment/worker_exit.h"

namespace wm {
namespace {

/// A duplicate out of the way of the numbers that workers inherit, so that dup2 in the child never
/// overwrites a descriptor that is still needed.
UniqueFd out_of_the_way(int fd) {
  return UniqueFd(check_errno(::fcntl(fd, F_DUPFD_CLOEXEC, inherited::end), "F_DUPFD_CLOEXEC"));
}

EventFd create_event(EventFd::Kind kind) {
  const EventFd event = EventFd::create(kind);
  return EventFd::adopt(out_of_the_way(event.fd()).release());
}

struct Pipe {
  UniqueFd read_end, write_end;
};

Pipe create_pipe() {
  int ends[2];
  check_errno(::pipe2(ends, O_CLOEXEC), "pipe2");
  const UniqueFd read_end(ends[0]);
  const UniqueFd write_end(ends[1]);
  return {out_of_the_way(ends[0]), out_of_the_way(ends[1])};
}

void check_spawn(int error, const char* what) {
  if (error == 0) return;
  errno = error;
  throw_errno(what);
}

class FileActions {
 public:
  FileActions() { check_spawn(::posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init"); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;

  void give(int fd, int as) {
    check_spawn(::posix_spawn_file_actions_adddup2(&actions_, fd, as), "posix_spawn_file_actions_adddup2");
  }
  void open_null(int as) {
    check_spawn(::posix_spawn_file_actions_addopen(&actions_, as, "/dev/null", O_RDONLY, 0),
                "posix_spawn_file_actions_addopen");
  }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

/// Signals of the terminal and of service managers are for the supervisor, which ends its workers in order;
/// they stay blocked in workers. Everything else is as a new process has it.
class Attributes {
 public:
  explicit Attributes(bool takes_the_terminal) {
    check_spawn(::posix_spawnattr_init(&attributes_), "posix_spawnattr_init");
    sigset_t blocked, standard;
    sigemptyset(&blocked);
    for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) {
      if (!takes_the_terminal) sigaddset(&blocked, signal);
    }
    sigfillset(&standard);
    ::posix_spawnattr_setsigmask(&attributes_, &blocked);
    ::posix_spawnattr_setsigdefault(&attributes_, &standard);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

}  // namespace

WorkerLauncher::WorkerLauncher(std::string program, const MappedSegment& segment, const JobDescription& job)
    : program_(std::move(program)),
      segment_(out_of_the_way(segment.fd())),
      job_(out_of_the_way(to_sealed_file(job).get())),
      ready_(create_event(EventFd::Kind::semaphore)),
      done_(create_event(EventFd::Kind::counter)),
      log_(create_event(EventFd::Kind::counter)) {
  for (unsigned i = 0; i < segment.shape().workers; ++i) {
    space_.push_back(create_event(EventFd::Kind::counter));
  }
  Pipe lifeline = create_pipe();
  lifeline_read_ = std::move(lifeline.read_end);
  lifeline_write_ = std::move(lifeline.write_end);
}

ChildProcess WorkerLauncher::start(WorkerIndex worker, int cell) const {
  Pipe output = create_pipe();
  // Only our end: O_NONBLOCK belongs to the open file, and the ends of a pipe are two of them.
  check_errno(::fcntl(output.read_end.get(), F_SETFL, O_NONBLOCK), "F_SETFL");

  const bool traced = runs_under_tool(worker);
  const bool at_the_terminal = traced && takes_the_terminal(tool_->second);
  FileActions actions;
  if (!at_the_terminal) {
    actions.open_null(STDIN_FILENO);
    actions.give(output.write_end.get(), STDOUT_FILENO);
    actions.give(output.write_end.get(), STDERR_FILENO);
  }
  actions.give(segment_.get(), inherited::segment);
  actions.give(job_.get(), inherited::job);
  actions.give(ready_.fd(), inherited::ready);
  actions.give(done_.fd(), inherited::done);
  actions.give(log_.fd(), inherited::log);
  actions.give(space_.at(number(worker)).fd(), inherited::space);
  actions.give(lifeline_read_.get(), inherited::lifeline);
  const UniqueFd own_cell = out_of_the_way(cell);
  actions.give(own_cell.get(), inherited::cell);

  const Attributes attributes(at_the_terminal);
  std::vector<std::string> words{"wm-worker", fmt::format("{}", number(worker)),
                                 fmt::format("{}", ::getpid())};
  if (traced) {
    words.front() = program_;
    words.emplace_back(traced_worker_word);
    const auto tool = tool_command(tool_->second);
    words.insert(words.begin(), tool.begin(), tool.end());
  }
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ChildProcess child;
  check_spawn(::posix_spawnp(&child.pid, traced ? arguments.front() : program_.c_str(), actions.get(),
                             attributes.get(), arguments.data(), environ),
              traced ? "cannot start the debugger" : "cannot start the worker program");
  // The pid is ours until we reap it, so this cannot hit a stranger.
  child.pidfd = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0)));
  if (!child.pidfd) {
    const int error = errno;
    ::kill(child.pid, SIGKILL);
    ::waitpid(child.pid, nullptr, 0);
    errno = error;
    throw_errno("pidfd_open");
  }
  child.output = std::move(output.read_end);
  return child;
}

}  // namespace wm
