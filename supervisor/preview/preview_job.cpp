#include "supervisor/preview/preview_job.h"

#include <chrono>

#include "supervisor/pool/cpu_budget.h"
#include "supervisor/pool/memory_limit.h"
#include "supervisor/pool/worker_program.h"

namespace wm {

PreviewProcess preview_process(const JobSettings& settings) {
  using std::chrono::system_clock;
  const JobDescription job{.recipe = settings.recipe,
                           .output_directory = {},
                           .limits = settings.limits,
                           .damaged = settings.damaged,
                           .started = system_clock::to_time_t(system_clock::now())};
  // A timeout in per cent refers to a median, which does not exist yet.
  const Timeout& timeout = settings.run.timeout;
  return {find_worker_program(settings.worker_program),
          job,
          {.time = timeout.percent ? Timeout{}.time : timeout.time,
           .memory = memory_limit_of_worker(settings.run.memory_limit,
                                            settings.run.workers.value_or(usable_cpus()))}};
}

}  // namespace wm
