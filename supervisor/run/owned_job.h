#pragma once

// A run's hold on its job: takes the job, and waits for another supervisor that has it. Whatever writes into
// the job directory must be destroyed before this. Main thread.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "common/job/temporary_name.h"
#include "common/os/event_fd.h"
#include "common/segment/mapped_segment.h"
#include "supervisor/cli/job_settings.h"
#include "supervisor/job_directory/job_directory.h"
#include "supervisor/ownership/job_ownership.h"
#include "supervisor/run/run_state.h"

namespace wm {

class OwnedJob {
 public:
  /// Borrows them. Throws UsageError when the job directory exists and must not be used.
  OwnedJob(const JobSettings& settings, const MappedSegment& segment);
  /// Ends the hold as if it had never been, unless it was released.
  ~OwnedJob() { leave(); }
  OwnedJob(const OwnedJob&) = delete;
  OwnedJob& operator=(const OwnedJob&) = delete;

  /// Takes the job; if it has no directory yet, creates its directories first. False: another supervisor
  /// holds it, and --wait-lock lets this one wait, or it is not certain yet that its owner is dead; call
  /// again later. Throws JobHeld when the wait is over, UsageError.
  [[nodiscard]] bool take(RunToken run, RunState::Clock::time_point now);
  /// Takes a job that will not be opened, unless it is taken, to write nothing but reports into it. False:
  /// another supervisor holds it, or may. Throws UsageError.
  [[nodiscard]] bool take_for_reports(RunToken run);
  /// At the very end of a run, when nothing of the job is open any more.
  void release();
  /// What the destructor does.
  void leave() noexcept;

  /// None if it did not exist, and was not made.
  [[nodiscard]] const std::optional<JobDirectory>& directory() const noexcept { return directory_; }
  [[nodiscard]] bool is_taken() const noexcept { return ownership_ != nullptr; }
  /// Once the job is taken.
  [[nodiscard]] const JobOwnership& ownership() const { return *ownership_; }

  /// Readable once another supervisor has taken the job over.
  [[nodiscard]] int lost_fd() const noexcept { return lost_.fd(); }
  /// Call it when lost_fd() is readable.
  void acknowledge_loss() const noexcept { lost_.take(); }
  /// Throws OwnershipLost if that is known.
  void require_not_lost() const;
  /// Why it was lost; "" if it was not. Any thread.
  [[nodiscard]] std::string why_lost() const;
  /// How often the owner's file was touched; 0 until the job is taken, and always where nobody can take it
  /// over before this process has ended. Any thread.
  [[nodiscard]] const std::atomic<std::uint64_t>& touches() const noexcept { return touches_; }

 private:
  void take_at_once(RunToken run);

  const JobSettings& settings_;
  const MappedSegment& segment_;
  std::optional<JobDirectory> directory_;
  EventFd lost_ = EventFd::create(EventFd::Kind::counter);
  std::atomic<std::uint64_t> touches_{0};
  OwnerObservation observation_{owner_times().second_look};
  std::optional<RunState::Clock::time_point> wait_ends_;  // once another supervisor was seen
  bool said_waiting_ = false, said_in_doubt_ = false;     // once is enough
  RunState::Clock::time_point next_try_{};
  mutable std::mutex mutex_;
  std::shared_ptr<JobOwnership> ownership_;  // other threads read it under the mutex
};

}  // namespace wm
