#include <malloc.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "worker/about.h"
#include "worker/preview/preview_mode.h"
#include "worker/stages/pipeline.h"
#include "worker/task_loop.h"
#include "worker/vips/runtime.h"

namespace {

#if defined(WM_ADDRESS_SANITIZER) || defined(WM_COVERAGE)

/// Tools that count leaks or lines need all libraries to be unloaded in order.
[[noreturn]] void leave(int status) {
  std::exit(status);
}

#else

int exit_status = 0;

void leave_at_once(int /*signal*/) {
  ::_exit(exit_status);
}

/// All results of a worker are in shared memory or in a pipe. Unloading the hundred libraries of libvips in
/// order would take as much time as a few pictures. A library that crashes or hangs when it is unloaded is no
/// longer a crash of the worker, whose results are complete.
[[noreturn]] void leave(int status) {
  std::fflush(nullptr);  // a library may have printed something
  exit_status = status;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM}) {
    std::signal(signal, leave_at_once);
  }
  ::alarm(1);
  wm::stop_vips();
  ::_exit(status);
}

#endif

}  // namespace

int main(int argc, char* argv[]) {
  // Pictures are decoded on one thread. Every further arena of the allocator would keep its own freed memory.
  ::mallopt(M_ARENA_MAX, 2);
  if (argc == 2 && std::string_view(argv[1]) == wm::about_word) return wm::print_about();
  if (wm::is_preview(argc, argv)) return wm::run_preview(argc, argv);
  const int status =
      wm::run_worker(argc, argv,
                     [](const wm::JobDescription& job, wm::Logger& log, wm::MemoryGrants& memory,
                        const wm::AwaitOwnership& await_ownership) -> wm::ProcessTask {
                       auto pipeline = std::make_shared<wm::Pipeline>(job, log, memory, await_ownership);
                       return [pipeline](const wm::Task& task, wm::StageClock& stages) {
                         return pipeline->run(task, stages);
                       };
                     });
  leave(status);
}
