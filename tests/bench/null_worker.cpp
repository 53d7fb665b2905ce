// A worker that does nothing with its tasks: what is left is the cost of the machinery around them.

#include "worker/task_loop.h"

int main(int argc, char* argv[]) {
  return wm::run_worker(argc, argv,
                        [](const wm::JobDescription&, wm::Logger&, wm::MemoryGrants&,
                           const wm::AwaitOwnership&) -> wm::ProcessTask {
                          return [](const wm::Task&, wm::StageClock& stages) {
                            stages.enter(wm::Stage::decode);
                            return wm::Published{};
                          };
                        });
}
