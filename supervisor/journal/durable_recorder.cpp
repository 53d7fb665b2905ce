#include "supervisor/journal/durable_recorder.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <span>
#include <system_error>
#include <thread>
#include <utility>

#include "common/kill_point/kill_point.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t outcomes_per_sync = 2048;
constexpr auto first_interval = 50ms;
constexpr auto longest_interval = 1s;

[[noreturn]] void throw_sync_error(int error) {
  throw std::system_error(error, std::generic_category(), "outputs did not reach the disk");
}

}  // namespace

DurableRecorder::DurableRecorder(JobJournal& journal, Durability durability, std::function<void()> on_synced)
    : journal_(journal), durability_(durability), interval_(first_interval) {
  if (durability_ == Durability::batch)
    sync_ = std::make_unique<SyncThread>(journal_.outputs().fd(), std::move(on_synced));
}

void DurableRecorder::record(std::vector<JournalEntry> entries, bool is_last) {
  taken_ += entries.size();
  if (durability_ == Durability::none) return write(std::move(entries));
  if (durability_ == Durability::full) {
    if (std::ranges::any_of(entries, refers_to_output)) sync_outputs();
    return write(std::move(entries));
  }

  keep_outcomes(entries);
  write(std::move(entries));
  take_synced(is_last);
  if (is_last) {
    if (!unsynced_.empty()) sync_outputs();
    return write(std::exchange(unsynced_, {}));
  }
  const bool is_due = unsynced_.size() >= outcomes_per_sync || Clock::now() - oldest_unsynced_ >= interval_;
  if (syncing_begun_ || unsynced_.empty() || !is_due) return;
  syncing_ = std::exchange(unsynced_, {});
  syncing_begun_ = true;
  taken_before_sync_ = taken_;
  interval_ = std::min<Clock::duration>(2 * interval_, longest_interval);
  sync_->begin();
}

void DurableRecorder::commit() {
  journal_.commit();
  uncommitted_.clear();
  if (unsynced_.empty() && !syncing_begun_) written_ = taken_;
  committed_ = written_;
}

std::optional<DurableRecorder::Clock::time_point> DurableRecorder::due() const {
  if (unsynced_.empty() || syncing_begun_) return std::nullopt;
  return oldest_unsynced_ + interval_;
}

void DurableRecorder::record_again(std::vector<JournalEntry> entries) {
  journal_.roll_back();
  std::vector<JournalEntry> lost = std::exchange(uncommitted_, {});
  if (durability_ != Durability::none) sync_outputs();
  for (auto* const some : {&lost, &syncing_, &unsynced_, &entries}) write(std::exchange(*some, {}));
  commit();
}

void DurableRecorder::sync_outputs() const {
  kill_point(KillPoint::outputs_syncing);
  if (::syncfs(journal_.outputs().fd()) != 0) throw_sync_error(errno);
  kill_point(KillPoint::outputs_synced);
}

void DurableRecorder::write(std::vector<JournalEntry> entries) {
  if (entries.empty()) return;
  // Kept until the commit, which a full disk may refuse.
  std::ranges::move(entries, std::back_inserter(uncommitted_));
  journal_.begin();
  for (const JournalEntry& entry : std::span(uncommitted_).last(entries.size())) {
    if (const auto* outcome = std::get_if<FinalOutcome>(&entry)) {
      journal_.record(*outcome);
    } else if (const auto* attempt = std::get_if<AttemptEntry>(&entry)) {
      journal_.record_attempt(attempt->task, attempt->number, attempt->failure);
    } else if (const auto* crash = std::get_if<TaskCrashEntry>(&entry)) {
      journal_.record_crash(crash->task, crash->id);
    } else if (const auto* sample = std::get_if<SampleEntry>(&entry)) {
      journal_.record_sample(*sample);
    } else {
      journal_.record_withdrawn(std::get<WithdrawnEntry>(entry).task);
    }
  }
}

/// Holds back outcomes, since only they refer to outputs; attempts are recorded as they begin.
void DurableRecorder::keep_outcomes(std::vector<JournalEntry>& entries) {
  if (unsynced_.empty()) oldest_unsynced_ = Clock::now();
  const auto outcomes = std::stable_partition(
      entries.begin(), entries.end(), [](const JournalEntry& entry) { return !refers_to_output(entry); });
  std::move(outcomes, entries.end(), std::back_inserter(unsynced_));
  entries.erase(outcomes, entries.end());
}

void DurableRecorder::take_synced(bool wait) {
  if (!syncing_begun_) return;
  while (wait && sync_->running()) std::this_thread::sleep_for(1ms);
  if (sync_->running()) return;
  if (const int error = sync_->error(); error != 0) throw_sync_error(error);
  write(std::exchange(syncing_, {}));
  syncing_begun_ = false;
  written_ = taken_before_sync_;
}

}  // namespace wm
