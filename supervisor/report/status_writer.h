#pragma once

// Writes status.json on a thread of its own: a slow or dead file system must not hold up the main thread.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "supervisor/report/job_status.h"

namespace wm {

class StatusWriter {
 public:
  /// `output` is the directory whose free space is reported. `on_problem` is called once, on the writer's
  /// thread, when the file cannot be written.
  StatusWriter(JobDirectory job, std::string output, std::function<void(const std::string&)> on_problem);
  /// Writes what was submitted last, and waits for it.
  ~StatusWriter();
  StatusWriter(const StatusWriter&) = delete;
  StatusWriter& operator=(const StatusWriter&) = delete;

  /// Replaces a status that has not been written yet. Any thread; never blocks.
  void submit(JobStatus status);

 private:
  void run();
  void write(JobStatus status);

  const JobDirectory job_;
  const std::string output_;
  const std::function<void(const std::string&)> on_problem_;
  bool complained_ = false;  // the thread's own
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<JobStatus> next_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace wm
