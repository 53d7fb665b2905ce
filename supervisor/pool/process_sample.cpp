#include "supervisor/pool/process_sample.h"

#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "supervisor/pool/own_cgroup.h"

namespace wm {
namespace {

constexpr std::uint64_t ns_per_second = 1'000'000'000;

/// State, CPU time (in clock ticks) and start: fields 3, 14, 15 and 22. False: the thread is gone.
bool read_stat(const std::filesystem::path& task, ThreadSample& sample) {
  const std::string stat = first_line(task / "stat");
  const std::size_t name_end = stat.rfind(')');  // a name may contain anything
  if (name_end == std::string::npos) return false;
  std::istringstream fields(stat.substr(name_end + 1));
  std::string skipped;
  std::uint64_t user = 0, kernel = 0;
  fields >> sample.state;
  for (int field = 4; field < 14; ++field) fields >> skipped;
  fields >> user >> kernel;
  for (int field = 16; field < 22; ++field) fields >> skipped;
  fields >> sample.start;
  sample.cpu_ns = (user + kernel) * ns_per_second / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return !fields.fail();
}

/// CPU time and time in the run queue, in nanoseconds, and how often it got a CPU. If the kernel does not
/// count them, the file is missing or contains zeros.
void read_schedstat(const std::filesystem::path& task, ThreadSample& sample) {
  std::istringstream fields(first_line(task / "schedstat"));
  std::uint64_t cpu = 0, queued = 0, turns = 0;
  if (!(fields >> cpu >> queued >> turns) || turns == 0) return;
  sample.cpu_ns = cpu;
  sample.queued_ns = queued;
}

std::uint64_t voluntary_switches(const std::filesystem::path& task) {
  constexpr std::string_view key = "voluntary_ctxt_switches:";
  std::ifstream status(task / "status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key)) return std::strtoull(line.c_str() + key.size(), nullptr, 10);
  }
  return 0;
}

}  // namespace

ProcessSample sample_process(std::int32_t pid) {
  ProcessSample process{.time = ActiveClock::now(), .threads = {}};
  std::error_code error;
  for (std::filesystem::directory_iterator task(fmt::format("/proc/{}/task", pid), error), end;
       !error && task != end && process.threads.size() < most_sampled_threads; task.increment(error)) {
    const std::string tid = task->path().filename().string();
    ThreadSample sample;
    std::from_chars(tid.data(), tid.data() + tid.size(), sample.tid);
    if (!read_stat(task->path(), sample)) continue;
    read_schedstat(task->path(), sample);
    sample.sleeps = voluntary_switches(task->path());
    sample.name = first_line(task->path() / "comm");
    const std::string waits_at = first_line(task->path() / "wchan");
    if (waits_at != "0") sample.waits_at = waits_at;
    process.threads.push_back(std::move(sample));
  }
  return process;
}

std::string words_of(const ThreadSample& thread) {
  return fmt::format("thread {} ({}): state {}, {} ms of CPU time{}", thread.tid, thread.name, thread.state,
                     thread.cpu_ns / 1'000'000,
                     thread.waits_at.empty() ? "" : ", in the kernel at " + thread.waits_at);
}

}  // namespace wm
