#include "supervisor/journal/journal_thread.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <new>
#include <span>
#include <system_error>

#include "common/kill_point/kill_point.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_queued_inputs = 1024;
constexpr std::size_t max_admitted = 4096;  // that the main thread has not taken
constexpr std::size_t largest_turn = 256;   // inputs
constexpr std::size_t worth_a_waking = 16;  // outcomes
constexpr auto longest_in_hand = 20ms;
constexpr std::size_t max_suspects = 65536;  // bounds memory
constexpr std::size_t outcomes_per_sync = 2048;
constexpr auto longest_sync_interval = 1s;

[[noreturn]] void throw_sync_error(int error) {
  throw std::system_error(error, std::generic_category(), "outputs did not reach the disk");
}

}  // namespace

JournalThread::~JournalThread() {
  close();
  try {
    hand_over_now();
  } catch (const std::bad_alloc&) {
    // What is not recorded is found out by the next run, as far as it was published.
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
  durability_ = durability;
  if (durability_ == Durability::batch) {
    sync_ = std::make_unique<SyncThread>(journal_->outputs().fd(), [this] {
      const std::lock_guard lock(mutex_);
      changed_.notify_one();
    });
  }
  thread_ = std::thread(&JournalThread::run, this);
}

void JournalThread::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  room_.notify_all();
}

std::size_t JournalThread::queued() const {
  const std::lock_guard lock(mutex_);
  return inputs_.size() + in_hand_count_;
}

bool JournalThread::push(InputFile input) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [this] { return closed_ || inputs_.size() < max_queued_inputs; });
  if (closed_) return false;
  inputs_.push_back(std::move(input));
  if (inputs_.size() == 1) changed_.notify_one();
  return true;
}

void JournalThread::scan_finished() {
  {
    const std::lock_guard lock(mutex_);
    scan_finished_ = true;
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
  return inputs_are_used_up() && admitted_.empty();
}

bool JournalThread::has_nothing_now() const {
  const std::lock_guard lock(mutex_);
  return inputs_.empty() && in_hand_count_ == 0 && admitted_.empty();
}

bool JournalThread::inputs_are_used_up() const {
  return scan_finished_ && inputs_.empty() && in_hand_count_ == 0 && suspects_.empty();
}

std::optional<JournalError> JournalThread::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

void JournalThread::hand_in(Entry entry) {
  if (handed_in_.empty()) oldest_handed_in_ = Clock::now();
  // That a file was marked can be seen without a record, too.
  const auto* const outcome = std::get_if<FinalOutcome>(&entry);
  urgent_ = urgent_ || outcome == nullptr || outcome->state != FinalState::marked;
  handed_in_.push_back(std::move(entry));
}

void JournalThread::hand_over() {
  if (handed_in_.empty() && demanded_ == 0) return;
  const bool may_wait = demanded_ == 0 && handed_in_.size() < worth_a_waking && !urgent_;
  if (may_wait && Clock::now() - oldest_handed_in_ < longest_in_hand) return;
  hand_over_now();
}

void JournalThread::hand_over_now() {
  urgent_ = false;
  {
    const std::lock_guard lock(mutex_);
    std::ranges::move(handed_in_, std::back_inserter(entries_));
    wanted_ += std::exchange(demanded_, 0);
  }
  handed_in_.clear();
  changed_.notify_one();
}

void JournalThread::record_crash(TaskId task, std::string crash) {
  {
    const std::lock_guard lock(mutex_);
    entries_.emplace_back(Crash{task, std::move(crash)});
  }
  changed_.notify_one();
}

void JournalThread::join() {
  close();
  hand_over_now();
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
  sync_.reset();
  given_up_ = !journal_ || (error_ && !error_->disk_full);
  if (given_up_) return;
  try {
    if (error_) record_what_is_left();
    // What was admitted while the run stopped: its start is recorded, and nobody will begin it.
    journal_->begin();
    for (const Admission& admission : admitted_) {
      if (admission.kind == Admission::Kind::run) journal_->record_withdrawn(admission.assignment.task.id);
    }
    journal_->commit();
  } catch (const std::exception& error) {
    given_up_ = true;
    if (!error_) error_ = explain(error);
  }
}

/// What is not recorded is found out by the next run, as far as it was published.
void JournalThread::record_what_is_left() {
  journal_->roll_back();
  std::vector<Entry> lost = std::exchange(uncommitted_, {});
  if (durability_ != Durability::none) sync_outputs();
  for (auto* const entries : {&lost, &syncing_, &unsynced_, &entries_}) {
    apply(std::exchange(*entries, {}));
  }
  commit();
}

JournalError JournalThread::explain(const std::exception& error) const {
  if (const auto* const of_journal = dynamic_cast<const sqlite::Error*>(&error)) {
    return journal_->explain(*of_journal);
  }
  return {error.what(), "see to the disk of the outputs and run the same command again"};
}

void JournalThread::end_run(const Ledger& ledger, int exit_code) {
  if (given_up_) return;
  try {
    journal_->begin();
    journal_->end_run(ledger, exit_code);
    journal_->commit();
  } catch (const sqlite::Error& error) {
    given_up_ = true;
    if (!error_) error_ = journal_->explain(error);
  }
}

bool JournalThread::has_work() const {
  const bool inputs = !inputs_.empty() || in_hand_count_ > 0 || (scan_finished_ && !suspects_.empty());
  const bool may_admit = !closed_ && wanted_ > 0 && inputs && admitted_.size() < max_admitted;
  return finishing_ || may_admit || !entries_.empty() || (sync_begun_ && !sync_->running());
}

void JournalThread::run() {
  std::unique_lock lock(mutex_);
  try {
    for (;;) {
      const bool outcomes_wait = !unsynced_.empty() && !sync_begun_;
      if (outcomes_wait) {
        changed_.wait_until(lock, oldest_unsynced_ + sync_interval_, [this] { return has_work(); });
      } else {
        changed_.wait(lock, [this] { return has_work(); });
      }
      const bool finishing = finishing_;
      turn(lock);
      if (finishing && entries_.empty()) return;
    }
  } catch (const std::exception& error) {
    if (!lock.owns_lock()) lock.lock();
    error_ = explain(error);
    closed_ = true;
    room_.notify_all();
    news_.post();
  }
}

/// One turn with the lock given up in between: takes what is there, records it, hands out what was admitted.
void JournalThread::turn(std::unique_lock<std::mutex>& lock) {
  const bool finishing = finishing_;
  const bool were_used_up = inputs_are_used_up();
  std::vector<Entry> entries = std::exchange(entries_, {});
  std::size_t wanted = closed_ || admitted_.size() >= max_admitted ? 0 : wanted_;
  if (wanted > 0 && in_hand_.empty()) {
    const auto count = static_cast<std::ptrdiff_t>(std::min(inputs_.size(), inputs_per_turn_));
    inputs_per_turn_ = std::min(2 * inputs_per_turn_, largest_turn);
    std::move(inputs_.begin(), inputs_.begin() + count, std::back_inserter(in_hand_));
    inputs_.erase(inputs_.begin(), inputs_.begin() + count);
    in_hand_count_ = in_hand_.size();
    // The scan has enough to do then for one waking.
    if (inputs_.size() <= max_queued_inputs / 2) room_.notify_all();
  }
  const std::size_t wanted_before = wanted;
  lock.unlock();

  settle_outcomes(std::move(entries), finishing);
  std::vector<Admission> admitted = admit(wanted);
  commit();

  lock.lock();
  wanted_ -= wanted_before - wanted;
  in_hand_count_ = in_hand_.size();
  if (scan_finished_ && inputs_.empty() && in_hand_.empty() && !suspects_.empty()) {
    inputs_ = std::exchange(suspects_, {});
    suspects_released_ = true;
  }
  const bool news = !admitted.empty() || (inputs_are_used_up() && !were_used_up);
  std::ranges::move(admitted, std::back_inserter(admitted_));
  if (news) news_.post();
}

std::vector<Admission> JournalThread::admit(std::size_t& wanted) {
  std::vector<Admission> admitted;
  while (!in_hand_.empty() && wanted > 0) {
    journal_->begin();
    const bool may_wait = !suspects_released_ && suspects_.size() < max_suspects;
    auto admission = journal_->admit(in_hand_.front(), may_wait ? SuspectsMay::wait : SuspectsMay::run);
    if (admission) {
      if (admission->kind == Admission::Kind::run) --wanted;
      admitted.push_back(std::move(*admission));
    } else {
      suspects_.push_back(std::move(in_hand_.front()));
    }
    in_hand_.pop_front();
  }
  return admitted;
}

void JournalThread::commit() {
  journal_->commit();
  uncommitted_.clear();
}

void JournalThread::apply(std::vector<Entry> entries) {
  if (entries.empty()) return;
  // Kept until the commit, which a full disk may refuse.
  std::ranges::move(entries, std::back_inserter(uncommitted_));
  journal_->begin();
  for (const Entry& entry : std::span(uncommitted_).last(entries.size())) {
    if (const auto* outcome = std::get_if<FinalOutcome>(&entry)) {
      journal_->record(*outcome);
    } else if (const auto* attempt = std::get_if<Attempt>(&entry)) {
      journal_->record_attempt(attempt->task, attempt->number, attempt->failure);
    } else if (const auto* crash = std::get_if<Crash>(&entry)) {
      journal_->record_crash(crash->task, crash->id);
    } else {
      journal_->record_withdrawn(std::get<Withdrawn>(entry).task);
    }
  }
}

void JournalThread::sync_outputs() {
  kill_point(KillPoint::outputs_syncing);
  if (::syncfs(journal_->outputs().fd()) != 0) throw_sync_error(errno);
  kill_point(KillPoint::outputs_synced);
}

/// Outcomes may be committed only after the outputs that they speak of are on the disk.
void JournalThread::settle_outcomes(std::vector<Entry> entries, bool finishing) {
  if (durability_ == Durability::none) return apply(std::move(entries));
  if (durability_ == Durability::full) {
    if (!entries.empty()) sync_outputs();
    return apply(std::move(entries));
  }

  const auto now = Clock::now();
  if (unsynced_.empty()) oldest_unsynced_ = now;
  // Only outcomes speak of outputs; attempts are recorded as they begin.
  const auto outcomes = std::stable_partition(entries.begin(), entries.end(), [](const Entry& entry) {
    return !std::holds_alternative<FinalOutcome>(entry);
  });
  std::move(outcomes, entries.end(), std::back_inserter(unsynced_));
  entries.erase(outcomes, entries.end());
  apply(std::move(entries));
  if (sync_begun_ && finishing) {
    while (sync_->running()) std::this_thread::sleep_for(1ms);
  }
  if (sync_begun_ && !sync_->running()) {
    if (const int error = sync_->error(); error != 0) throw_sync_error(error);
    apply(std::exchange(syncing_, {}));
    sync_begun_ = false;
  }
  if (finishing) {
    if (!unsynced_.empty()) sync_outputs();
    return apply(std::exchange(unsynced_, {}));
  }
  const bool due = unsynced_.size() >= outcomes_per_sync || now - oldest_unsynced_ >= sync_interval_;
  if (!sync_begun_ && !unsynced_.empty() && due) {
    syncing_ = std::exchange(unsynced_, {});
    sync_begun_ = true;
    sync_interval_ = std::min<Clock::duration>(2 * sync_interval_, longest_sync_interval);
    sync_->begin();
  }
}

}  // namespace wm
