#include "supervisor/run/run_setup.h"

#include <algorithm>
#include <cstdint>

#include "common/os/random_number.h"
#include "supervisor/cli/output_policy.h"
#include "supervisor/pool/cpu_budget.h"
#include "supervisor/pool/memory_limit.h"
#include "supervisor/run/job_files.h"
#include "supervisor/run/shutdown.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds longest_boot{60};
constexpr std::chrono::seconds shortest_boot{10};
constexpr std::chrono::hours debugging_time{24};
constexpr std::uint32_t ring_bytes = 256 * 1024;
// Enough that the journal's grouped commits never leave a worker without a task, and that many results can
// accumulate before the supervisor wakes up for them.
constexpr unsigned fewest_slots = 128;
constexpr unsigned slots_per_worker = 4;

}  // namespace

RunToken random_token() {
  return static_cast<RunToken>(random_number());
}

SegmentShape segment_shape(const RunSettings& settings) {
  const unsigned workers = settings.workers.value_or(std::min(usable_cpus(), max_workers));
  return {.workers = workers,
          .slots = std::max(fewest_slots, slots_per_worker * workers),
          .ring_bytes = ring_bytes};
}

MemoryDivision memory_division(const RunSettings& settings, unsigned workers) {
  return divide_memory(memory_for_workers(machine_memory().usable()), workers, settings.memory_limit);
}

JobDescription describe_job(const JobSettings& settings, RunToken run, const MemoryShares& memory) {
  const LogLevel lowest =
      std::min(settings.log.level, settings.log.standard_error.value_or(settings.log.level));
  return {.recipe = settings.recipe,
          .output_directory = absolute(settings.output),
          .limits = settings.limits,
          .memory = memory,
          .damaged = settings.damaged,
          .keep_dates = settings.keep_dates,
          .run = run,
          .started = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()),
          .verify = settings.verify,
          .policy = output_policy(settings.run),
          .log_level = lowest};
}

ActiveClock::duration boot_limit(const JobSettings& settings) {
  if (settings.debug.tool_worker) return debugging_time;
  const Timeout& timeout = settings.run.timeout;
  if (timeout.percent || timeout.time == 0ms) return longest_boot;
  return std::clamp<ActiveClock::duration>(10 * timeout.time, shortest_boot, longest_boot);
}

ActiveClock::duration exit_limit(const JobSettings& settings) {
  if (settings.debug.tool_worker) return debugging_time;
  return usual_exit_limit;
}

}  // namespace wm
