#include "supervisor/pool/debugging_tool.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include "common/crash/snapshot_format.h"

namespace wm {
namespace {

bool in_path(std::string_view program) {
  const char* const variable = std::getenv("PATH");
  std::string_view path = variable != nullptr ? variable : "/usr/bin:/bin";
  while (!path.empty()) {
    const std::size_t end = path.find(':');
    if (::access(fmt::format("{}/{}", path.substr(0, end), program).c_str(), X_OK) == 0) return true;
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  }
  return false;
}

}  // namespace

std::vector<std::string> tool_command(DebuggingTool tool) {
  switch (tool) {
    case DebuggingTool::gdb:
      return {"gdb",
              "-q",
              "-nx",
              "-return-child-result",
              "-ex",
              "set startup-with-shell off",
              "-ex",
              "set debuginfod enabled off",
              "-ex",
              fmt::format("handle SIG{} SIG{} nostop noprint pass", snapshot_signal() - 1, snapshot_signal()),
              "-ex",
              "python gdb.events.exited.connect(lambda event: gdb.post_event(lambda: gdb.execute('quit')))",
              "-ex",
              "run",
              "--args"};
    case DebuggingTool::gdbserver:
      return {"gdbserver", "--once", "--no-startup-with-shell", "localhost:0"};
    case DebuggingTool::valgrind:
      return {"valgrind", "--quiet", "--num-callers=40", "--track-origins=yes"};
  }
  return {};
}

std::optional<std::string> missing_package(DebuggingTool tool) {
  const std::string program = tool_command(tool).front();
  if (in_path(program)) return std::nullopt;
  return program;  // Debian's packages have the same names as the programs
}

}  // namespace wm
