#pragma once

// Reads the workers' printed output from their pipes, line by line, up to the end of each, and turns it into
// events under the worker's name, as far as OutputQuota admits.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "common/job/task.h"
#include "common/os/unique_fd.h"
#include "supervisor/log/log_event.h"
#include "supervisor/log/output_patience.h"
#include "supervisor/log/output_pipe.h"
#include "supervisor/log/output_quota.h"

struct pollfd;

namespace wm {

class WorkerOutputs {
 public:
  using Clock = std::chrono::steady_clock;
  using OnEvent = std::function<void(LogEvent)>;

  WorkerOutputs(unsigned workers, const OutputPatience::Limits& limits, const OutputQuota::Limits& quota)
      : limits_(limits), quotas_(workers, OutputQuota(quota)), last_words_(workers) {}

  /// The last lines that the worker printed. From any thread.
  [[nodiscard]] std::string last_words(WorkerIndex worker) const;

  // ---- the collector's thread ----

  /// A life of the worker begins.
  void adopt(WorkerIndex worker, UniqueFd read_end);
  /// The worker is dead.
  void retire(WorkerIndex worker) { retiring_.emplace(worker, OutputPatience(Clock::now())); }
  [[nodiscard]] bool is_retiring(WorkerIndex worker) const { return retiring_.contains(worker); }
  [[nodiscard]] bool any_retiring() const noexcept { return !retiring_.empty(); }
  void shorten_patience() noexcept { limits_.longest = limits_.quiet; }

  /// Returns how many bytes were read. `bounded_only`: reads only pipes of dead workers that no process can
  /// write into any more.
  std::size_t read(bool bounded_only, const OnEvent& on_event);
  /// The dead workers whose output has ended, or has been waited for long enough, and that `may_end`.
  /// `turn_began`: a time before read().
  [[nodiscard]] std::vector<WorkerIndex> take_finished(Clock::time_point turn_began,
                                                       const std::function<bool(WorkerIndex)>& may_end,
                                                       const OnEvent& on_event);
  /// How many lines were dropped, if a report is due; else 0.
  [[nodiscard]] std::uint64_t take_dropped(WorkerIndex worker, Clock::time_point now, bool at_once) noexcept {
    return quotas_.at(number(worker)).take_dropped(now, at_once);
  }
  /// Adds the pipes that are not at their end.
  void add_to(std::vector<pollfd>& watched) const;

 private:
  std::size_t read(WorkerIndex worker, OutputPipe& pipe, bool finish, const OnEvent& on_event);
  [[nodiscard]] bool is_over(WorkerIndex worker, const OutputPatience& patience,
                             Clock::time_point turn_began) const;
  void keep_words(WorkerIndex worker, std::string_view line);

  OutputPatience::Limits limits_;
  std::map<WorkerIndex, OutputPipe> pipes_;
  std::map<WorkerIndex, OutputPatience> retiring_;
  std::vector<OutputQuota> quotas_;
  mutable std::mutex mutex_;
  std::vector<std::string> last_words_;
};

}  // namespace wm
