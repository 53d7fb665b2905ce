#pragma once

// A worker pool whose workers do nothing. One thread.

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "common/segment/mapped_segment.h"
#include "supervisor/event/event_loop.h"
#include "supervisor/log/log_collector.h"
#include "supervisor/pool/crash_records.h"
#include "supervisor/pool/worker_launcher.h"
#include "supervisor/pool/worker_pool.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_until.h"

namespace wm::test {

struct WorkerPoolFixture {
  static constexpr std::chrono::hours patience{1};  // with workers that start

  explicit WorkerPoolFixture(unsigned workers)
      : segment(MappedSegment::create({.workers = workers, .slots = 4, .ring_bytes = 4096})),
        crash_records(workers, RunToken{1}, dir.path()),
        log(segment, {.file = dir / "log"}, {launcher.log(), launcher.space()}),
        pool(
            loop, launcher, segment, crash_records, log, {.width = workers, .patience = patience},
            [](WorkerIndex, pid_t) {}, [this](const WorkerDeath& death) { deaths.push_back(death); }) {
    log.open_file();
    pool.set_target(workers);
  }

  /// The workers' program. Until this call, no worker can be started.
  void install_program() const {
    std::filesystem::permissions(dir.file("worker", "#!/bin/sh\nexec sleep 600\n"),
                                 std::filesystem::perms::owner_all);
  }
  void remove_program() const { std::filesystem::remove(dir / "worker"); }

  /// Until its place is empty.
  void end(WorkerIndex worker) {
    pool.kill(worker, KillReason::stop);
    await_end();
  }
  /// Until no worker is left, and the places of all dead ones are empty.
  void await_end() {
    REQUIRE(wait_until([this] {
      loop.wait(std::chrono::milliseconds(10));
      pool.on_drained(log.take_retired());
      return pool.alive() == 0 && pool.draining() == 0;
    }));
  }

  TempDir dir;
  MappedSegment segment;
  EventLoop loop;
  WorkerLauncher launcher{dir / "worker", segment, JobDescription{}};
  CrashRecords crash_records;
  LogCollector log;
  std::vector<WorkerDeath> deaths;
  WorkerPool pool;
};

}  // namespace wm::test
