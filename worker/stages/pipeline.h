#pragma once

// The path of one picture through a worker: decode, compose, encode, publish. One thread.

#include <functional>
#include <memory>
#include <stdexcept>

#include "common/job/job_description.h"
#include "common/job/outcome.h"
#include "common/job/task.h"
#include "worker/log/logger.h"
#include "worker/stages/memory_grants.h"
#include "worker/stages/stage_clock.h"

namespace wm {

/// No worker can do the job: a logo that does not decode, a font that does not render. The message names the
/// logo or the text.
class RecipeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Pipeline {
 public:
  /// Starts libvips and prepares the marks. Borrows `log` and `memory`. `await_ownership`: see Publisher.
  /// Throws RecipeError.
  Pipeline(const JobDescription& job, Logger& log, MemoryGrants& memory = unlimited_memory(),
           std::function<void()> await_ownership = {});
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// Marks one picture and publishes it. Throws TaskFailure; then nothing of the output remains, and an older
  /// output is unchanged.
  Published run(const Task& task, StageClock& stages);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wm
