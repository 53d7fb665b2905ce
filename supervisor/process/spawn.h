#pragma once

// Starts a program in a new process with only the given descriptors, and with default signal handling. May be
// called from any thread; a process that uses PR_SET_PDEATHSIG dies with that thread.

#include <string>
#include <vector>

#include "common/os/unique_fd.h"
#include "supervisor/process/child_process.h"

namespace wm {

struct SpawnRequest {
  struct Descriptor {
    int own;
    int in_child;
  };

  std::string program;                    // searched for in PATH unless it contains a slash
  std::vector<std::string> arguments;     // including the program's name
  std::vector<Descriptor> descriptors{};  // the only ones it gets besides 0 to 2
  std::vector<int> null_descriptors{};    // opened on /dev/null; 0 to 2 are inherited otherwise
  std::vector<int> blocked_signals{};
  std::vector<std::string> without_variables{};  // removed from the environment
};

/// Throws std::system_error; the message begins with "cannot be started".
[[nodiscard]] ChildProcess spawn(const SpawnRequest& request);

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

/// Both ends close on exec. Throws std::system_error.
[[nodiscard]] Pipe make_pipe();

}  // namespace wm
