#pragma once

// Records entries in the journal: outcomes only after their outputs have reached the disk, as the run's
// Durability requires. `batch` syncs in the background, first after 50 ms, then at intervals that grow to a
// second. One thread: the journal's, and the main thread once that has ended.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "supervisor/journal/journal_entry.h"
#include "supervisor/journal/sync_thread.h"

namespace wm {

/// What becomes of outputs that were not synced before an error. Once a sync has failed, the next one
/// succeeds, since the kernel reports what it could not write only once.
enum class Unsynced : std::uint8_t { sync, make_again };

/// How many pictures were published, but are made again by the next run.
struct MadeAgain {
  std::uint64_t marked = 0;
  std::uint64_t unmarked = 0;
  std::uint64_t damaged = 0;  // of the marked ones: see Published::damaged
};

class DurableRecorder {
 public:
  using Clock = std::chrono::steady_clock;

  /// `journal` is borrowed. `on_synced` is called on another thread, when has_synced() has become true.
  DurableRecorder(JobJournal& journal, Durability durability, std::function<void()> on_synced);

  /// Writes entries into the journal's transaction; outcomes may wait for a sync, unless this is the last
  /// call. Throws sqlite::Error, and std::system_error when outputs do not reach the disk.
  void record(std::vector<JournalEntry> entries, bool is_last);
  void commit();
  /// So many of the entries, in the order in which record() got them, are committed for certain.
  [[nodiscard]] std::uint64_t committed() const noexcept { return committed_; }
  /// When the waiting outcomes are due to be synced; none when record() need not be called for that.
  [[nodiscard]] std::optional<Clock::time_point> due() const;
  /// A sync has ended, and record() has not been called since.
  [[nodiscard]] bool has_synced() const { return syncing_begun_ && !sync_->running(); }
  [[nodiscard]] bool is_syncing() const { return sync_ && sync_->running(); }
  void end_sync_thread();
  /// After an error and end_sync_thread(): records everything uncommitted again, and `entries`, and commits.
  /// Throws sqlite::Error.
  void record_again(std::vector<JournalEntry> entries, Unsynced unsynced);
  /// After record_again().
  [[nodiscard]] const MadeAgain& made_again() const noexcept { return made_again_; }

 private:
  void note_file_systems_of(const std::vector<JournalEntry>& entries);
  void sync_outputs_of(const std::vector<JournalEntry>& entries);
  void write(std::vector<JournalEntry> entries);
  void keep_outcomes(std::vector<JournalEntry>& entries);
  [[nodiscard]] bool sync_at_last(const std::vector<JournalEntry>& entries);
  void note_unsynced(JournalEntry& entry);
  void take_synced(bool wait);

  JobJournal& journal_;
  const Durability durability_;
  std::unique_ptr<SyncThread> sync_;  // with Durability::batch
  std::vector<JournalEntry> uncommitted_;
  std::vector<JournalEntry> unsynced_;
  std::vector<JournalEntry> syncing_;
  bool syncing_begun_ = false;
  bool background_sync_failed_ = false;  // when its thread was ended
  MadeAgain made_again_;
  // numbers of entries, counted as in committed()
  std::uint64_t taken_ = 0;
  std::uint64_t taken_before_sync_ = 0;
  std::uint64_t written_ = 0;
  std::uint64_t committed_ = 0;
  Clock::time_point oldest_unsynced_{};
  Clock::duration interval_;  // grows, so that a short job syncs early, too
};

}  // namespace wm
