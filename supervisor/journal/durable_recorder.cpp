#include "supervisor/journal/durable_recorder.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <string>
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

}  // namespace

DurableRecorder::DurableRecorder(JobJournal& journal, Durability durability, std::function<void()> on_synced)
    : journal_(journal), durability_(durability), interval_(first_interval) {
  if (durability_ == Durability::batch) sync_ = std::make_unique<SyncThread>(std::move(on_synced));
}

void DurableRecorder::record(std::vector<JournalEntry> entries, bool is_last) {
  taken_ += entries.size();
  if (durability_ == Durability::none) return write(std::move(entries));
  if (durability_ == Durability::full) {
    unsynced_ = std::move(entries);  // they stay there if the sync fails
    if (std::ranges::any_of(unsynced_, refers_to_output)) sync_outputs_of(unsynced_);
    return write(std::exchange(unsynced_, {}));
  }

  keep_outcomes(entries);
  write(std::move(entries));
  take_synced(is_last);
  if (is_last) {
    if (!unsynced_.empty()) sync_outputs_of(unsynced_);
    return write(std::exchange(unsynced_, {}));
  }
  const bool is_due = unsynced_.size() >= outcomes_per_sync || Clock::now() - oldest_unsynced_ >= interval_;
  if (syncing_begun_ || unsynced_.empty() || !is_due) return;
  note_file_systems_of(unsynced_);
  syncing_ = std::exchange(unsynced_, {});
  syncing_begun_ = true;
  taken_before_sync_ = taken_;
  interval_ = std::min<Clock::duration>(2 * interval_, longest_interval);
  sync_->begin(journal_.file_systems().descriptors());
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

void DurableRecorder::end_sync_thread() {
  if (!sync_) return;
  while (sync_->running()) std::this_thread::sleep_for(1ms);
  background_sync_failed_ = sync_->has_failed();
  sync_.reset();
}

void DurableRecorder::record_again(std::vector<JournalEntry> entries, Unsynced unsynced) {
  journal_.roll_back();
  std::vector<JournalEntry> held = std::exchange(syncing_, {});
  for (auto* const more : {&unsynced_, &entries})
    std::ranges::move(std::exchange(*more, {}), std::back_inserter(held));
  if (background_sync_failed_) unsynced = Unsynced::make_again;
  if (unsynced == Unsynced::make_again || !sync_at_last(held))
    std::ranges::for_each(held, [this](auto& entry) { note_unsynced(entry); });
  write(std::exchange(uncommitted_, {}));  // their outputs are synced
  write(std::move(held));
  commit();
}

/// False: it has failed.
bool DurableRecorder::sync_at_last(const std::vector<JournalEntry>& entries) {
  if (durability_ == Durability::none) return true;
  try {
    sync_outputs_of(entries);
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

void DurableRecorder::note_unsynced(JournalEntry& entry) {
  auto* const outcome = std::get_if<FinalOutcome>(&entry);
  if (outcome == nullptr || outcome->published.bytes == 0) return;
  const bool marked = outcome->state == FinalState::marked;
  ++(marked ? made_again_.marked : made_again_.unmarked);
  if (marked && outcome->published.damaged) ++made_again_.damaged;
  entry = UnsyncedEntry{FinalOutcome(std::move(*outcome))};
}

void DurableRecorder::note_file_systems_of(const std::vector<JournalEntry>& entries) {
  std::vector<std::string> outputs;
  for (const JournalEntry& entry : entries) {
    const auto* const outcome = std::get_if<FinalOutcome>(&entry);
    if (outcome == nullptr || outcome->published.bytes == 0) continue;
    if (auto output = journal_.output_of(outcome->task)) outputs.push_back(*std::move(output));
  }
  journal_.file_systems().add(outputs);
}

void DurableRecorder::sync_outputs_of(const std::vector<JournalEntry>& entries) {
  note_file_systems_of(entries);
  kill_point(KillPoint::outputs_syncing);
  sync_file_systems(journal_.file_systems().descriptors());
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
      journal_.record_crash(crash->task, crash->attempt, crash->id);
    } else if (const auto* sample = std::get_if<SampleEntry>(&entry)) {
      journal_.record_sample(*sample);
    } else if (const auto* unsynced = std::get_if<UnsyncedEntry>(&entry)) {
      journal_.record_unsynced(unsynced->outcome);
    } else {
      journal_.record_withdrawn(std::get<WithdrawnEntry>(entry).task);
    }
  }
}

/// Holds back outcomes, since only they refer to outputs, and what follows them; attempts are recorded as
/// they begin.
void DurableRecorder::keep_outcomes(std::vector<JournalEntry>& entries) {
  if (unsynced_.empty()) oldest_unsynced_ = Clock::now();
  const auto outcomes = std::stable_partition(
      entries.begin(), entries.end(), [](const JournalEntry& entry) { return !follows_outcomes(entry); });
  std::move(outcomes, entries.end(), std::back_inserter(unsynced_));
  entries.erase(outcomes, entries.end());
}

void DurableRecorder::take_synced(bool wait) {
  if (!syncing_begun_) return;
  while (wait && sync_->running()) std::this_thread::sleep_for(1ms);
  if (sync_->running()) return;
  sync_->require();
  write(std::exchange(syncing_, {}));
  syncing_begun_ = false;
  written_ = taken_before_sync_;
}

}  // namespace wm
