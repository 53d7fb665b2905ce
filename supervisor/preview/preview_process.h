#pragma once

// Asks a worker program for a preview: pictures are hostile, so nothing is decoded in this process. Each
// question has a process of its own, with limits on its time, its memory and the length of its answer.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "common/job/job_description.h"
#include "common/os/unique_fd.h"
#include "common/preview/preview_request.h"

namespace wm {

class PreviewProcess {
 public:
  struct Limits {
    std::chrono::milliseconds time{};     // zero: none
    std::optional<std::uint64_t> memory;  // private bytes, looked at now and then
  };

  /// Throws std::system_error.
  PreviewProcess(std::string program, const JobDescription& job, const Limits& limits);

  /// Blocks until the process has ended or was killed. A process that crashed, hung or said nonsense is a
  /// failure of the picture. May be called from several threads at a time; the process dies with the thread.
  /// Throws std::system_error when no process can be started.
  [[nodiscard]] PreviewAnswer ask(const PreviewRequest& request) const;

 private:
  std::string program_;
  UniqueFd job_;
  Limits limits_;
};

}  // namespace wm
