#include "supervisor/process/spawn.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string_view>

#include "common/os/errno_error.h"

namespace wm {
namespace {

void check(int error) {
  if (error == 0) return;
  errno = error;
  throw_errno("cannot be started");
}

class FileActions {
 public:
  explicit FileActions(const SpawnRequest& request) {
    check(::posix_spawn_file_actions_init(&actions_));
    for (const int fd : request.null_descriptors) {
      check(::posix_spawn_file_actions_addopen(&actions_, fd, "/dev/null", O_RDWR, 0));
    }
    // Moved out of the way first, so that no dup2 in the child overwrites a descriptor that is still needed.
    int free = STDERR_FILENO + 1;
    for (const auto& [own, in_child] : request.descriptors) free = std::max(free, in_child + 1);
    for (const auto& [own, in_child] : request.descriptors) {
      moved_.emplace_back(check_errno(::fcntl(own, F_DUPFD_CLOEXEC, free), "F_DUPFD_CLOEXEC"));
      check(::posix_spawn_file_actions_adddup2(&actions_, moved_.back().get(), in_child));
    }
    // A library may have opened some that would stay open.
    check(::posix_spawn_file_actions_addclosefrom_np(&actions_, free));
  }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
  std::vector<UniqueFd> moved_;
};

class Attributes {
 public:
  explicit Attributes(const std::vector<int>& blocked_signals) {
    check(::posix_spawnattr_init(&attributes_));
    sigset_t blocked, standard;
    sigemptyset(&blocked);
    for (const int signal : blocked_signals) sigaddset(&blocked, signal);
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

/// In the form for execve, which does not modify them.
std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> result;
  result.reserve(words.size() + 1);
  for (const std::string& word : words) result.push_back(const_cast<char*>(word.c_str()));
  result.push_back(nullptr);
  return result;
}

std::vector<char*> environment(const std::vector<std::string>& without) {
  std::vector<char*> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable(*entry);
    const std::string_view name = variable.substr(0, variable.find('='));
    if (std::ranges::find(without, name) == without.end()) result.push_back(*entry);
  }
  result.push_back(nullptr);
  return result;
}

}  // namespace

ChildProcess spawn(const SpawnRequest& request) {
  const FileActions actions(request);
  const Attributes attributes(request.blocked_signals);
  pid_t pid = -1;
  check(::posix_spawnp(&pid, request.program.c_str(), actions.get(), attributes.get(),
                       pointers(request.arguments).data(), environment(request.without_variables).data()));
  return ChildProcess(pid);
}

Pipe make_pipe() {
  int ends[2];
  check_errno(::pipe2(ends, O_CLOEXEC), "pipe2");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

}  // namespace wm
