// wm-crash-analyzer: reads a snapshot from a crash record and writes its analysis to stdout, as JSON. It is a
// separate process, since libdw reads files that may be damaged and must not take the supervisor down.

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/crash/crash_record.h"
#include "common/json/json_text.h"
#include "common/os/errno_error.h"
#include "common/os/unique_fd.h"
#include "supervisor/analyzer/analysis.h"
#include "supervisor/analyzer/analysis_json.h"
#include "supervisor/analyzer/snapshot_reader.h"

namespace {

constexpr rlim_t cpu_seconds = 20;
constexpr rlim_t memory_bytes = rlim_t{4} << 30;

void limit(__rlimit_resource_t resource, rlim_t most) {
  const rlimit value{most, most};
  ::setrlimit(resource, &value);
}

/// Limits time and memory, and prevents core files, whatever the files read here contain.
void bind_hands() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  limit(RLIMIT_CPU, cpu_seconds);
  limit(RLIMIT_CORE, 0);
#if !defined(WM_ADDRESS_SANITIZER) && !defined(WM_THREAD_SANITIZER)
  limit(RLIMIT_AS, memory_bytes);
#endif
  ::unsetenv("DEBUGINFOD_URLS");  // asking servers for symbols takes minutes
}

struct Arguments {
  const char* crash_record = nullptr;
  unsigned area = wm::area_of_death;
  bool good = false;
};

Arguments arguments_from(int argc, char* argv[]) {
  Arguments arguments;
  if (argc == 2 || (argc == 4 && std::string_view(argv[2]) == "--area")) {
    arguments.crash_record = argv[1];
    arguments.good = true;
  }
  if (argc == 4 && arguments.good) {
    const std::string_view text = argv[3];
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), arguments.area);
    arguments.good =
        error == std::errc{} && end == text.data() + text.size() && arguments.area < wm::snapshot_areas;
  }
  return arguments;
}

/// Throws std::system_error.
wm::UniqueFd open_crash_record(const char* name) {
  const bool is_input = std::string_view(name) == "-";
  wm::UniqueFd crash_record(is_input
                                ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                : ::open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW));
  if (!crash_record) wm::throw_errno("cannot open the crash record");
  return crash_record;
}

}  // namespace

int main(int argc, char* argv[]) {
  const Arguments arguments = arguments_from(argc, argv);
  if (!arguments.good) {
    fmt::print(stderr, "usage: wm-crash-analyzer RECORD [--area 0..{}]  (RECORD - is standard input)\n",
               wm::snapshot_areas - 1);
    return 2;
  }
  bind_hands();
  try {
    const wm::UniqueFd crash_record = open_crash_record(arguments.crash_record);
    const auto analysis = wm::analyse(wm::read_snapshot(crash_record.get(), arguments.area));
    fmt::print("{}\n", wm::to_text(wm::analysis_json(analysis), -1, wm::InvalidUtf8::replace));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "wm-crash-analyzer: {}\n", error.what());
    return 1;
  }
}
