#include <exception>
#include <memory>

#include <fmt/format.h>

#include "worker/stages/pipeline.h"
#include "worker/task_loop.h"

int main(int argc, char* argv[]) {
  try {
    return wm::run_worker(argc, argv, [](const wm::JobDescription& job, wm::Logger& log) -> wm::ProcessTask {
      auto pipeline = std::make_shared<wm::Pipeline>(job, log);
      return [pipeline](const wm::Task& task, wm::StageClock& stages) { return pipeline->run(task, stages); };
    });
  } catch (const std::exception& error) {
    fmt::print(stderr, "wm-worker: {}\n", error.what());
    return wm::worker_exit_boot_failed;
  }
}
