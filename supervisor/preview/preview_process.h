#pragma once

// Asks a worker program for a preview: pictures are untrusted, so nothing is decoded in this process. Each
// request gets its own process, with limits on its time, its memory and the length of its answer.

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
    std::optional<std::uint64_t> memory;  // private bytes, measured now and then
  };

  /// Throws std::system_error.
  PreviewProcess(std::string program, const JobDescription& job, const Limits& limits);

  /// Blocks until the process has ended or was killed. If the process crashes, hangs or gives an invalid
  /// answer, this counts as a failure of the picture. May be called from several threads at a time; the
  /// process dies with the calling thread. Throws std::system_error when no process can be started.
  [[nodiscard]] PreviewAnswer ask(const PreviewRequest& request) const;

 private:
  std::string program_;
  UniqueFd job_;
  Limits limits_;
};

}  // namespace wm
