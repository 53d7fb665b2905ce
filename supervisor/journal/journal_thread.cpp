#include "supervisor/journal/journal_thread.h"

#include <algorithm>
#include <iterator>
#include <new>
#include <system_error>
#include <utility>

#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_admitted = 4096;  // that the main thread has not taken
constexpr std::size_t worth_a_waking = 16;  // entries
constexpr auto longest_in_hand = 20ms;

}  // namespace

JournalThread::~JournalThread() {
  close();
  try {
    hand_over_now();
  } catch (const std::bad_alloc&) {
    // The next run finds out what was not recorded, as far as it was published.
  }
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void JournalThread::start(JobJournal journal, Durability durability) {
  journal_.emplace(std::move(journal));
  recorder_.emplace(*journal_, durability, [this] {
    const std::lock_guard lock(mutex_);
    changed_.notify_one();
  });
  thread_ = std::thread(&JournalThread::run, this);
}

void JournalThread::close() {
  {
    const std::lock_guard lock(mutex_);
    inputs_.close();
  }
  room_.notify_all();
}

std::size_t JournalThread::queued() const {
  const std::lock_guard lock(mutex_);
  return inputs_.size();
}

bool JournalThread::push(InputFile input) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [this] { return inputs_.is_closed() || inputs_.has_room(); });
  if (inputs_.is_closed()) return false;
  inputs_.push(std::move(input));
  if (inputs_.size() == 1) changed_.notify_one();
  return true;
}

void JournalThread::scan_finished() {
  {
    const std::lock_guard lock(mutex_);
    inputs_.end();
  }
  changed_.notify_one();
  news_.post();
}

std::vector<Admission> JournalThread::take() {
  news_.take();
  std::vector<Admission> taken;
  {
    const std::lock_guard lock(mutex_);
    taken = std::exchange(admitted_, {});
  }
  if (taken.size() >= max_admitted) changed_.notify_one();
  return taken;
}

bool JournalThread::exhausted() const {
  const std::lock_guard lock(mutex_);
  return inputs_.is_used_up() && admitted_.empty();
}

bool JournalThread::has_nothing_now() const {
  const std::lock_guard lock(mutex_);
  return inputs_.size() == 0 && admitted_.empty();
}

std::optional<JournalError> JournalThread::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

void JournalThread::hand_in(JournalEntry entry) {
  if (handed_in_.entries.empty()) handed_in_.oldest = Clock::now();
  // A marked file can be recognised without a record, too, and a sample more or less does not matter.
  const auto* const outcome = std::get_if<FinalOutcome>(&entry);
  const bool may_be_lost =
      outcome != nullptr ? outcome->state == FinalState::marked : std::holds_alternative<SampleEntry>(entry);
  handed_in_.urgent = handed_in_.urgent || !may_be_lost;
  handed_in_.entries.push_back(std::move(entry));
}

void JournalThread::hand_over() {
  const auto& [entries, oldest, urgent, demanded] = handed_in_;
  if (entries.empty() && demanded == 0) return;
  const bool may_wait = demanded == 0 && entries.size() < worth_a_waking && !urgent;
  if (may_wait && Clock::now() - oldest < longest_in_hand) return;
  hand_over_now();
}

void JournalThread::hand_over_now() {
  handed_in_.urgent = false;
  {
    const std::lock_guard lock(mutex_);
    std::ranges::move(handed_in_.entries, std::back_inserter(entries_));
    entries_ever_ += handed_in_.entries.size();
    wanted_ += std::exchange(handed_in_.demanded, 0);
  }
  handed_in_.entries.clear();
  changed_.notify_one();
}

void JournalThread::record_crash(TaskId task, std::uint32_t attempt, std::string crash) {
  {
    const std::lock_guard lock(mutex_);
    entries_.emplace_back(TaskCrashEntry{task, attempt, std::move(crash)});
    ++entries_ever_;
  }
  changed_.notify_one();
}

std::uint64_t JournalThread::recorded() {
  if (!handed_in_.entries.empty()) hand_over_now();
  const std::lock_guard lock(mutex_);
  return entries_ever_;
}

std::uint64_t JournalThread::committed() const {
  const std::lock_guard lock(mutex_);
  return committed_;
}

void JournalThread::finish() {
  close();
  hand_over_now();
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  changed_.notify_one();
}

bool JournalThread::has_finished() const {
  const std::lock_guard lock(mutex_);
  return !recorder_ || (ended_ && !recorder_->is_syncing());
}

void JournalThread::join() {
  finish();
  if (thread_.joinable()) thread_.join();
  if (recorder_) recorder_->end_sync_thread();
  given_up_ = !journal_ || (error_ && !error_->disk_full && !error_->unsynced);
  if (given_up_) {
    if (journal_) journal_->roll_back();
    return;
  }
  try {
    // The next run finds out what was not recorded, as far as it was published.
    if (error_) {
      recorder_->record_again(std::exchange(entries_, {}),
                              error_->unsynced ? Unsynced::make_again : Unsynced::sync);
    }
    // Tasks that were admitted while the run stopped: their starts are recorded, but nobody will begin them.
    journal_->begin();
    for (const Admission& admission : admitted_) {
      if (admission.kind == Admission::Kind::run) journal_->record_withdrawn(admission.assignment.task.id);
    }
    journal_->commit();
  } catch (const std::exception& error) {
    give_up(explain(error));
  }
}

void JournalThread::give_up(JournalError error) {
  given_up_ = true;
  journal_->roll_back();
  if (!error_) error_ = std::move(error);
}

JournalError JournalThread::explain(const std::exception& error) const {
  if (const auto* const of_journal = dynamic_cast<const sqlite::Error*>(&error)) {
    return journal_->explain(*of_journal);
  }
  if (dynamic_cast<const OwnershipLost*>(&error) != nullptr) return {error.what(), "try again later"};
  if (const auto* const of_evidence = dynamic_cast<const EvidenceError*>(&error)) {
    return {error.what(), "see to the disk of the job directory and run the same command again",
            of_evidence->out_of_space()};
  }
  return {.problem = error.what(),
          .advice = "see to the disk of the outputs and run the same command again",
          .unsynced = dynamic_cast<const std::system_error*>(&error) != nullptr};
}

void JournalThread::end_run(const RunEnd& end, const SampleEntry& last) {
  if (given_up_) return;
  try {
    journal_->begin();
    journal_->record_sample(last);
    journal_->end_run(end);
    journal_->commit();
  } catch (const std::exception& error) {
    give_up(explain(error));
  }
}

void JournalThread::close_journal() {
  try {
    if (!given_up_) journal_->merge_log();
  } catch (const sqlite::Error&) {
    // The next run reads the log.
  }
  recorder_.reset();
  journal_.reset();
}

bool JournalThread::has_work() const {
  const bool may_admit =
      !inputs_.is_closed() && wanted_ > 0 && inputs_.has_work() && admitted_.size() < max_admitted;
  return finishing_ || may_admit || !entries_.empty() || recorder_->has_synced();
}

void JournalThread::run() {
  std::unique_lock lock(mutex_);
  try {
    for (;;) {
      if (const auto due = recorder_->due()) {
        changed_.wait_until(lock, *due, [this] { return has_work(); });
      } else {
        changed_.wait(lock, [this] { return has_work(); });
      }
      const bool finishing = finishing_;
      turn(lock);
      if (finishing && entries_.empty()) break;
    }
  } catch (const std::exception& error) {
    if (!lock.owns_lock()) lock.lock();
    error_ = explain(error);
    inputs_.close();
    room_.notify_all();
  }
  ended_ = true;
  news_.post();
}

/// One turn: takes what is there, records it with the lock released, and hands out what was admitted.
void JournalThread::turn(std::unique_lock<std::mutex>& lock) {
  const bool finishing = finishing_;
  const bool were_used_up = inputs_.is_used_up();
  std::vector<JournalEntry> entries = std::exchange(entries_, {});
  std::size_t wanted = inputs_.is_closed() || admitted_.size() >= max_admitted ? 0 : wanted_;
  if (wanted > 0 && inputs_.begin_turn()) room_.notify_all();
  const std::size_t wanted_before = wanted;
  lock.unlock();

  recorder_->record(std::move(entries), finishing);
  std::vector<Admission> admitted = admit(wanted);
  recorder_->commit();

  lock.lock();
  committed_ = recorder_->committed();
  wanted_ -= wanted_before - wanted;
  inputs_.end_turn();
  const bool news = !admitted.empty() || (inputs_.is_used_up() && !were_used_up);
  std::ranges::move(admitted, std::back_inserter(admitted_));
  if (news) news_.post();
}

std::vector<Admission> JournalThread::admit(std::size_t& wanted) {
  std::vector<Admission> admitted;
  while (wanted > 0) {
    const InputFile* const input = inputs_.front();
    if (input == nullptr) break;
    journal_->begin();
    auto admission = journal_->admit(
        *input, inputs_.suspects_may_wait() ? SuspectsMay::wait : SuspectsMay::run, inputs_.turn());
    if (!admission) {
      inputs_.postpone();
      continue;
    }
    if (admission->kind == Admission::Kind::run) --wanted;
    admitted.push_back(std::move(*admission));
    inputs_.pop();
  }
  return admitted;
}

}  // namespace wm
