#include "supervisor/pool/worker_pool.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "common/kill_point/kill_point.h"
#include "supervisor/log/log_format.h"
#include "supervisor/pool/live_snapshot.h"

namespace wm {

WorkerPool::WorkerPool(EventLoop& loop, const WorkerLauncher& launcher, const MappedSegment& segment,
                       CrashRecords& crash_records, LogCollector& collector, const BootLimits& boot,
                       OnStart on_start, OnDeath on_death)
    : loop_(loop),
      launcher_(launcher),
      segment_(segment),
      crash_records_(crash_records),
      collector_(collector),
      boot_(boot),
      on_start_(std::move(on_start)),
      on_death_(std::move(on_death)),
      places_(segment.shape().workers) {}

WorkerPool::~WorkerPool() {
  for (Place& place : places_) {
    if (place.child) loop_.unwatch(place.watch, place.child.pidfd());
    if (place.state == State::unkillable) place.child.leave();
  }
}

void WorkerPool::set_target(unsigned workers) noexcept {
  target_ = std::min(std::max(target_, workers), size());
}

unsigned WorkerPool::count(State state) const noexcept {
  return static_cast<unsigned>(std::ranges::count(places_, state, &Place::state));
}
unsigned WorkerPool::alive() const noexcept {
  return count(State::booting) + count(State::ready);
}
unsigned WorkerPool::unkillable() const noexcept {
  return count(State::unkillable);
}
unsigned WorkerPool::used() const noexcept {
  return static_cast<unsigned>(std::count_if(places_.begin(), places_.end(), [](const Place& place) {
    return place.started != Clock::time_point{};
  }));
}

unsigned WorkerPool::draining() const noexcept {
  return count(State::draining);
}

bool WorkerPool::is_ready(WorkerIndex worker) const noexcept {
  return places_[number(worker)].state == State::ready;
}
pid_t WorkerPool::pid(WorkerIndex worker) const noexcept {
  const Place& place = places_[number(worker)];
  return place.state == State::unkillable ? -1 : place.child.pid();
}

WorkerPool::Starts WorkerPool::start_due(Clock::time_point now) {
  Starts starts;
  if (!starting_ || held_) return starts;
  notice_phases();  // a worker that has just become ready may have a task
  unsigned booting = count(State::booting);
  for (unsigned i = 0; i < places_.size(); ++i) {
    Place& place = places_[i];
    const auto worker = static_cast<WorkerIndex>(i);
    if (place.state == State::booting && now - place.started > boot_.patience)
      kill(worker, KillReason::slow_boot);
    if (i >= target_ || booting >= std::max(boot_.width, 1U) || place.state != State::empty ||
        now < std::max(place.not_before, not_before_))
      continue;
    try {
      start(worker);
      ++booting;
      ++starts.started;
    } catch (const std::system_error& error) {
      not_before_ = now + pause_after_failed_start;  // the others would fail in the same way
      starts.problem = error.what();
    }
  }
  return starts;
}

void WorkerPool::start(WorkerIndex worker) {
  Place& place = places_[number(worker)];
  segment_.write_header();
  WorkerStatus& status = segment_.status(worker);
  status.waiting.store(0);
  status.retire.store(0);
  status.memory_wanted.store(0);
  status.memory_granted.store(0);
  status.task.store(0);
  status.phase.store(static_cast<std::uint32_t>(WorkerPhase::booting));

  StartedWorker started = launcher_.start(worker, crash_records_.begin_life(worker).fd());
  // If this fails, the process is killed and reaped here: nobody else would notice its end.
  place.watch = loop_.watch(started.process.pidfd(), [this, worker] { reap(worker); });
  {
    const std::lock_guard lock(children_mutex_);
    place.child = std::move(started.process);
  }
  on_start_(worker, place.child.pid());
  place.state = State::booting;
  place.killed.reset();
  place.was_ready = false;
  place.retiring = false;
  place.started = Clock::now();
  collector_.adopt(worker, std::move(started.output));
  collector_.log(
      LogLevel::debug, fmt::format("{} started, pid {}", worker_name(worker), place.child.pid()),
      collector_.fields([&] { return LogFields{.event = LoggedEvent::worker_started, .worker = worker}; }));
}

void WorkerPool::notice_phases() noexcept {
  for (unsigned i = 0; i < places_.size(); ++i) {
    if (places_[i].state != State::booting) continue;
    const auto phase = segment_.status(static_cast<WorkerIndex>(i)).phase.load(std::memory_order_acquire);
    if (phase != static_cast<std::uint32_t>(WorkerPhase::ready)) continue;
    places_[i].state = State::ready;
    if (!first_ready_) first_ready_ = Clock::now();
  }
}

void WorkerPool::reap(WorkerIndex worker) {
  Place& place = places_[number(worker)];
  const pid_t pid = place.child.pid();
  std::unique_lock lock(children_mutex_);
  const auto end = place.child.reap();
  if (!end) return;  // not dead after all
  loop_.unwatch(place.watch, place.child.pidfd());
  place.child = {};
  lock.unlock();
  kill_point(KillPoint::death_reaped);
  notice_phases();  // it may have become ready just before
  WorkerDeath death{.worker = worker, .pid = pid, .booted = place.state == State::ready || place.was_ready};
  if (end->signal != 0) {
    death.signal = end->signal;
  } else {
    death.exit_code = end->exit_code;
  }
  death.killed = place.killed;
  death.retired = place.retiring;
  death.boot_message = boot_message(worker);
  place.state = State::draining;
  place.not_before = {};
  collector_.retire(worker);
  on_death_(death);
}

void WorkerPool::on_drained(const std::vector<WorkerIndex>& workers) noexcept {
  for (const WorkerIndex worker : workers) places_[number(worker)].state = State::empty;
}

void WorkerPool::pause(WorkerIndex worker, Clock::duration pause) noexcept {
  places_[number(worker)].not_before = Clock::now() + pause;
}

void WorkerPool::kill(WorkerIndex worker, KillReason reason) noexcept {
  Place& place = places_[number(worker)];
  if (!place.child) return;
  if (!place.killed) {
    place.killed = reason;
    place.killed_at = Clock::now();
  }
  place.child.send(SIGKILL);
}

std::vector<WorkerPool::Unkillable> WorkerPool::take_unkillable(Clock::time_point now) {
  std::vector<Unkillable> found;
  notice_phases();
  for (unsigned i = 0; i < places_.size(); ++i) {
    Place& place = places_[i];
    const bool lives = place.state == State::booting || place.state == State::ready;
    // One that has ended is reaped by the event loop, which may be late.
    if (!lives || !place.killed || now - place.killed_at < kill_patience || place.child.has_ended()) continue;
    place.was_ready = place.state == State::ready;
    place.state = State::unkillable;
    found.push_back({static_cast<WorkerIndex>(i), place.child.pid()});
  }
  return found;
}

bool WorkerPool::ask_for_snapshot(WorkerIndex worker, unsigned area, std::uint64_t request) noexcept {
  const Place& place = places_[number(worker)];
  const CrashRecordFile* const crash_record = crash_records_.of(worker);
  if (!place.child || crash_record == nullptr) return false;
  return request_snapshot(place.child.pidfd(), crash_record->state(), area, request);
}

void WorkerPool::kill_all(KillReason reason) noexcept {
  for (unsigned i = 0; i < places_.size(); ++i) kill(static_cast<WorkerIndex>(i), reason);
}

void WorkerPool::kill_all_and_halt() noexcept {
  children_mutex_.lock();
  for (const Place& place : places_) {
    if (place.child) place.child.send(SIGKILL);
  }
}

void WorkerPool::retire(WorkerIndex worker) noexcept {
  places_[number(worker)].retiring = true;
  segment_.status(worker).retire.store(1, std::memory_order_seq_cst);
}

void WorkerPool::stop_starting() noexcept {
  starting_ = false;
  notice_phases();  // a worker that has just become ready may have a task
  for (unsigned i = 0; i < places_.size(); ++i) {
    if (places_[i].state == State::booting) kill(static_cast<WorkerIndex>(i), KillReason::stop);
  }
}

std::string WorkerPool::boot_message(WorkerIndex worker) const {
  const WorkerStatus& status = segment_.status(worker);
  if (status.phase.load(std::memory_order_acquire) != static_cast<std::uint32_t>(WorkerPhase::boot_failed))
    return {};
  return {status.boot_message, std::min<std::size_t>(status.boot_message_bytes, sizeof status.boot_message)};
}

}  // namespace wm
