#pragma once

// Writes status.json on a thread of its own.

#include <string>

#include "supervisor/report/background_writer.h"
#include "supervisor/report/job_status.h"

namespace wm {

class StatusWriter {
 public:
  using OnProblem = BackgroundWriter::OnProblem;

  /// `output` is the directory whose free space is reported. Throws std::system_error when no thread can be
  /// started.
  StatusWriter(JobDirectory job, std::string output, OnProblem on_problem);

  /// Replaces a status that has not been written yet. Any thread; never blocks.
  void submit(JobStatus status);
  /// See BackgroundWriter.
  void end(BackgroundWriter::Clock::time_point deadline) { writer_.end(deadline); }

 private:
  JobDirectory job_;
  std::string output_;
  BackgroundWriter writer_;
};

}  // namespace wm
