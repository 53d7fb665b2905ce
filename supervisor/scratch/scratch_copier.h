#pragma once

// Copies the journal and the log of a run from the scratch directory to the job directory: every few minutes
// and when asked to, on a thread of its own, so that a slow file server delays neither the main loop nor the
// journal; and once more at the end.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "common/job/log_level.h"
#include "common/job/temporary_name.h"
#include "supervisor/job_directory/job_directory.h"
#include "supervisor/journal/evidence_log.h"

namespace wm {

/// When the next copy is made. Pure.
struct CopyIntervals {
  std::chrono::milliseconds normal{120'000};
  std::chrono::milliseconds after_failure{15'000};
  unsigned most_share = 20;  // a copy takes at most this part of the time, 1/20

  /// How long to wait after a copy that took `took`.
  [[nodiscard]] std::chrono::milliseconds after(bool failed, std::chrono::milliseconds took) const {
    return failed ? std::clamp(took, after_failure, normal) : std::max(normal, took * most_share);
  }
};

class ScratchCopier {
 public:
  struct Parts {
    JobDirectory job, scratch;
    RunToken run{};
    std::shared_ptr<EvidenceLog> evidence;
    bool copies_log = false;
  };
  /// Called before a copy gets its name, on the thread that copies. Throws what keeps the run from writing.
  using Check = std::function<void()>;
  /// Called on the copier's thread, for the first failure of a row and the success after it.
  using Notice = std::function<void(LogLevel, const std::string&)>;

  ScratchCopier(Parts parts, Check check, Notice notice, const CopyIntervals& intervals = {});
  /// Ends the thread; makes no copy.
  ~ScratchCopier() = default;
  ScratchCopier(const ScratchCopier&) = delete;
  ScratchCopier& operator=(const ScratchCopier&) = delete;

  enum class First : std::uint8_t { at_once, later };
  /// Throws std::system_error when no thread can be started.
  void start(First first);
  /// A copy is made soon. Any thread.
  void request();

  /// Ends the thread.
  void pause();
  enum class Evidence : std::uint8_t { keep, remove };
  /// Ends the thread, and makes the last copy, with some further attempts. The journal's thread must have
  /// ended, and the log must be closed. Returns why it failed; "" when all is in the job directory. Throws
  /// OwnershipLost.
  [[nodiscard]] std::string finish(Evidence evidence);

 private:
  void run(const std::stop_token& stop);
  /// False: it was stopped. Throws.
  bool copy(const std::stop_token& stop, Evidence evidence);
  [[nodiscard]] std::string try_to_copy(const std::stop_token& stop, Evidence evidence);

  const Parts parts_;
  const Check check_;
  const Notice notice_;
  const CopyIntervals intervals_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool requested_ = false;
  // Where the evidence began that the copy in progress may lack. One that fails leaves it to the next one, so
  // that the files do not become more and more. Used by the thread that copies.
  std::optional<std::uint64_t> evidence_from_;
  std::jthread thread_;
};

}  // namespace wm
