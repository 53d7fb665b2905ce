#pragma once

// Starts a program in a process of its own: with the descriptors that are named, and with signals as a new
// process has them. May be called from any thread; a process that asks for PR_SET_PDEATHSIG dies with it.

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

  std::string program;                    // looked for in PATH when it has no slash
  std::vector<std::string> arguments;     // from the program's name on
  std::vector<Descriptor> descriptors{};  // the only ones it gets beside 0 to 2
  std::vector<int> null_descriptors{};    // opened on /dev/null; 0 to 2 are inherited otherwise
  std::vector<int> blocked_signals{};
  std::vector<std::string> without_variables{};  // of the environment
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
