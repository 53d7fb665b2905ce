#pragma once

// A run's hold on its job directory: the lock, which the kernel releases with the process but which other
// machines may not see, and the owner's file, which a thread touches and which everybody sees. The thread
// does nothing else, so that nothing else can keep it from touching.
//
// Call require() before each change of the directory. After a take-over, or release(), this process never
// gets the job back.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "common/job/temporary_name.h"
#include "supervisor/job_directory/job_directory.h"
#include "supervisor/ownership/job_lock.h"
#include "supervisor/ownership/owner_file.h"
#include "supervisor/ownership/owner_observation.h"
#include "supervisor/ownership/owner_record.h"
#include "supervisor/ownership/owner_verdict.h"
#include "supervisor/text/usage_error.h"

namespace wm {

/// The owner that left its file behind.
struct FormerOwner {
  std::optional<OwnerRecord> record;  // none: the file was no owner's
  /// It, or one before it, may wake up again: files that it has open must not be written any more.
  bool may_live = false;
  std::int64_t last_seen_ns = 0;  // by the file server's clock
};

/// The owner has not touched its file for too long. Try again after a pause, with the same observation: if
/// the file is still the same then, the job is free.
class OwnerInDoubt : public JobHeld {
 public:
  OwnerInDoubt(const std::string& words, std::chrono::nanoseconds pause) : JobHeld(words), pause_(pause) {}
  [[nodiscard]] std::chrono::nanoseconds pause() const noexcept { return pause_; }

 private:
  std::chrono::nanoseconds pause_;
};

class JobOwnership {
 public:
  /// None is called after release(), and none may call this object.
  struct Notices {
    /// The job is this process's until then (CLOCK_BOOTTIME); at once, and after each touch. On any thread.
    std::function<void(std::int64_t until_ns)> touched;
    /// The job is lost. Once, on any thread.
    std::function<void()> lost;
  };

  /// Takes the job. `is_unclosed`: the last process that had the journal open did not close it, and may
  /// live even if it has no file. Throws JobHeld, which names the owner, when another one has it, or
  /// OwnerInDoubt; UsageError, std::system_error.
  JobOwnership(const JobDirectory& directory, RunToken run, Notices notices, OwnerObservation& observation,
               bool is_unclosed = false);
  /// Calls leave().
  ~JobOwnership() { leave(); }
  JobOwnership(const JobOwnership&) = delete;
  JobOwnership& operator=(const JobOwnership&) = delete;

  // How it ends, unless it has ended. From then on require() throws. One thread.

  /// The journal was closed: nothing is known of any owner any more.
  void release() noexcept;
  /// The next owner finds what this one has found about the one before.
  void leave() noexcept;

  /// None when the last owner ended cleanly.
  [[nodiscard]] const std::optional<FormerOwner>& former() const noexcept { return former_; }

  /// Files that another process has open must not be written any more.
  [[nodiscard]] bool former_may_live() const noexcept { return former_may_live_; }

  /// Returns when this process owned the job at most `may_be_old` ago; throws OwnershipLost otherwise, and
  /// when errors have kept it from finding that out for OwnerTimes::trust. Any thread.
  void require(std::chrono::nanoseconds may_be_old = {});
  /// Throws OwnershipLost if that is known already. Any thread.
  void require_not_lost() const;
  /// What require_not_lost() would throw; "" if nothing. Any thread.
  [[nodiscard]] std::string why_lost() const;

 private:
  void take(RunToken run, OwnerObservation& observation, bool is_unclosed);
  void keep();
  [[nodiscard]] bool end() noexcept;
  void touch();
  [[noreturn]] void lose(const std::string& why);
  void lose_after(std::int64_t last_success_ns, const std::exception& error);
  [[nodiscard]] std::string held_by_other() const;

  JobDirectory directory_;
  const OwnerTimes times_ = owner_times();
  Notices notices_;
  std::optional<JobLock> lock_;
  std::optional<OwnerFile> file_;
  std::optional<FormerOwner> former_;
  bool former_may_live_ = false;
  std::atomic<std::int64_t> touched_ns_{0};   // CLOCK_BOOTTIME, when the last touch began
  std::atomic<std::int64_t> verified_ns_{0};  // likewise, when it was last seen that the file is its own
  std::atomic<bool> lost_{false};
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  std::string why_lost_;  // once lost_
  bool ending_ = false;   // no more notices
  std::thread thread_;
};

/// For JobDirectory::ask_before_changes(). Copies of the directory may live longer than the ownership, which
/// is borrowed: nothing may be changed then.
[[nodiscard]] JobDirectory::MayChange while_owned(const std::shared_ptr<JobOwnership>& ownership);

}  // namespace wm
