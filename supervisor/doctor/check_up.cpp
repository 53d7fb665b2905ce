#include "supervisor/doctor/check_up.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/json/json_text.h"
#include "common/os/errno_error.h"
#include "common/os/unique_fd.h"
#include "supervisor/doctor/about_worker.h"
#include "supervisor/pool/cpu_budget.h"
#include "supervisor/pool/debugging_tool.h"
#include "supervisor/pool/memory_limit.h"
#include "supervisor/pool/own_cgroup.h"
#include "supervisor/pool/worker_memory.h"
#include "supervisor/pool/worker_program.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view debian_debug_symbols =
    "for lines inside libraries install their -dbgsym packages (libvips42-dbgsym from the debug archive)";

std::string limit_text(rlim_t limit) {
  return limit == RLIM_INFINITY ? "unlimited" : fmt::format("{}", limit);
}

Examination check_programs(const std::string& worker_program) {
  Examination result{"Programs and pictures", {}};
  auto& found = result.findings;
  found.push_back({Health::fine, "wm-supervisor", WM_VERSION});
  std::string worker;
  try {
    worker = find_worker_program(worker_program);
  } catch (const UsageError& error) {
    found.push_back({Health::problem, "wm-worker", error.what()});
    return result;
  }
  const Json about = about_worker(worker);
  if (!about.is_object()) {
    found.push_back(
        {Health::problem, "wm-worker",
         fmt::format("{} does not start (its own message is above); ldd {} tells missing libraries",
                     shown_path(worker), shown_path(worker))});
    return result;
  }
  const std::string version = about_text(about, "version");
  const bool same = version == WM_VERSION;
  found.push_back({same ? Health::fine : Health::problem, "wm-worker",
                   fmt::format("{} ({}){}", version, shown_path(worker),
                               same ? "" : "; of another version, install both again")});
  found.push_back({Health::fine, "libvips", about_text(about, "libvips")});
  for (const auto& [format, can] : about["formats"].items()) {
    const bool reads = can.value("reads", false);
    const bool writes = can.value("writes", false);
    const bool logo_only = format == "SVG";
    std::string words = logo_only         ? (reads ? "logos" : "")
                        : reads && writes ? "reads and writes"
                        : reads           ? "reads only"
                                          : "";
    const bool complete = reads && (writes || logo_only);
    if (words.empty()) words = "not supported by this libvips";
    found.push_back({complete ? Health::fine : Health::note, format, words});
  }
  const std::string text_problem = about.value("text_problem", "");
  found.push_back({text_problem.empty() ? Health::fine : Health::problem, "text marks",
                   text_problem.empty()
                       ? "fonts are there"
                       : one_line(text_problem) + "; install fonts, such as fonts-dejavu-core"});
  return result;
}

/// The memory limit of each worker in a run with so many workers, and how it is enforced.
Finding memory_limit_finding(const MachineMemory& memory, unsigned workers) {
  const std::uint64_t limit = default_memory_limit(memory.ram, memory.cgroup_limit, workers);
  const bool in_a_group = memory.usable() < memory.ram;
  return {
      Health::fine, "--memory-limit",
      fmt::format("auto is {} for each of {} worker{}: 80 % of {}{}, divided; {}", memory_text(limit),
                  workers, workers == 1 ? "" : "s", memory_text(memory.usable()),
                  in_a_group ? " (the limit of the control group)" : "", WorkerMemory(1, limit, 0).means())};
}

Examination check_machine() {
  Examination result{"Machine", {}};
  auto& found = result.findings;
  utsname kernel{};
  ::uname(&kernel);
  found.push_back(
      {Health::fine, "kernel", fmt::format("{} {} {}", kernel.sysname, kernel.release, kernel.machine)});
  found.push_back(
      {Health::fine, "CPUs", fmt::format("{} may be used: so many workers are the default", usable_cpus())});
  struct sysinfo memory {};
  ::sysinfo(&memory);
  found.push_back(
      {Health::fine, "memory",
       fmt::format("{}, {} of it free", memory_text(std::uint64_t{memory.totalram} * memory.mem_unit),
                   memory_text(std::uint64_t{memory.freeram} * memory.mem_unit))});
  found.push_back(memory_limit_finding(machine_memory(), usable_cpus()));
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  const bool enough = files.rlim_max == RLIM_INFINITY || files.rlim_max >= 4096;
  found.push_back({enough ? Health::fine : Health::note, "open files",
                   fmt::format("at most {}{}", limit_text(files.rlim_max),
                               enough ? "" : "; each worker takes 5, deep directories one a level")});
  const UniqueFd unnamed(::open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  found.push_back(
      {unnamed || errno == EACCES || errno == EROFS ? Health::fine : Health::note, "this directory",
       unnamed                    ? "has files without a name"
       : ::access(".", W_OK) != 0 ? "cannot be written"
                                  : "has no files without a name (its file system lacks O_TMPFILE): a crash "
                                    "of the first worker of a new job is lost if the supervisor dies, too"});
  return result;
}

/// Whether core dumps, debuggers and symbols are available.
Examination check_debugging() {
  Examination result{"When something crashes", {}};
  auto& found = result.findings;
  std::error_code ignored;
  const bool analyzer = find_own_program("wm-crash-analyzer").has_value();
  found.push_back({analyzer ? Health::fine : Health::problem, "wm-crash-analyzer",
                   analyzer ? "is there: crashes are reported with function and line"
                            : "is missing: crash reports stay raw; install again"});
  for (const DebuggingTool tool : {DebuggingTool::gdb, DebuggingTool::gdbserver, DebuggingTool::valgrind}) {
    const std::string name = tool_command(tool).front();
    const auto package = missing_package(tool);
    found.push_back({package ? Health::note : Health::fine, name,
                     package ? fmt::format("not installed (apt-get install {})", *package) : "is there"});
  }
  const std::string scope = first_line("/proc/sys/kernel/yama/ptrace_scope");
  const bool attach = scope.empty() || scope == "0" || scope == "1" || ::geteuid() == 0;
  found.push_back(
      {attach && scope != "3" ? Health::fine : Health::note, "ptrace",
       scope.empty()
           ? "not restricted by Yama"
           : fmt::format("Yama's ptrace_scope is {}{}", scope,
                         scope == "0" ? "" : ": gdb -p may need root; crash reports do not need it")});
  rlimit cores{};
  ::getrlimit(RLIMIT_CORE, &cores);
  found.push_back(
      {Health::fine, "core dumps",
       fmt::format("limit {} of at most {}, pattern \"{}\"", limit_text(cores.rlim_cur),
                   limit_text(cores.rlim_max), one_line(first_line("/proc/sys/kernel/core_pattern")))});
  const bool symbols = fs::exists("/usr/lib/debug/.build-id", ignored);
  found.push_back({Health::fine, "debug symbols",
                   symbols ? "some are installed in /usr/lib/debug"
                           : fmt::format("none in /usr/lib/debug: {}", debian_debug_symbols)});
  const auto seccomp = ::prctl(PR_GET_SECCOMP);
  found.push_back(
      {Health::fine, "sandbox",
       fmt::format("{}{}",
                   seccomp == 2 ? "system calls are filtered (seccomp)" : "system calls are not filtered",
                   ::geteuid() == 0 ? "; running as root, which a job does not need" : "")});
  return result;
}

}  // namespace

std::vector<Examination> check_up(const std::string& worker_program) {
  return {check_programs(worker_program), check_machine(), check_debugging()};
}

}  // namespace wm
