#pragma once

// Writes status.json on a thread of its own: a slow or dead file system must not hold up the main thread.

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "supervisor/report/job_status.h"

namespace wm {

class StatusWriter {
 public:
  /// The file cannot be written. Called once on the writer's thread, and once more for the last status.
  using OnProblem = std::function<void(const std::string& problem, bool at_the_end)>;

  /// `output` is the directory whose free space is reported. Throws std::system_error when no thread can be
  /// started.
  StatusWriter(JobDirectory job, std::string output, OnProblem on_problem);
  /// Waits until the last status is written, ten seconds at most.
  ~StatusWriter();
  StatusWriter(const StatusWriter&) = delete;
  StatusWriter& operator=(const StatusWriter&) = delete;

  /// Replaces a status that has not been written yet. Any thread; never blocks.
  void submit(JobStatus status);

 private:
  struct Shared;
  static void run(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;  // also the thread's, which is left behind if a file system is dead
  std::thread thread_;
};

}  // namespace wm
