#include "supervisor/ownership/job_ownership.h"

#include <time.h>

#include <algorithm>
#include <exception>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "common/kill_point/kill_point.h"
#include "supervisor/ownership/local_locks.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr int most_tries = 20;             // when others make and remove the file all the time
constexpr auto between_questions = 100ms;  // when the file cannot be read
constexpr auto after_failure = 10;         // that fraction of the usual pause

/// Goes on while the machine is suspended, and while this process is stopped.
std::int64_t boot_time_ns() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

long whole_seconds(std::chrono::nanoseconds time) {
  return static_cast<long>(std::chrono::ceil<std::chrono::seconds>(std::max(time, 0ns)).count());
}

bool is_of_this_run(const std::string& text, OwnerRecord own) {
  const auto record = owner_record_from(text);
  if (record) own.former_may_live = record->former_may_live;
  return record == own;
}

}  // namespace

JobOwnership::JobOwnership(const JobDirectory& directory, RunToken run, Notices notices,
                           OwnerObservation& observation, bool is_unclosed)
    : directory_(directory), notices_(std::move(notices)) {
  lock_.emplace(directory);
  take(run, observation, is_unclosed);
  thread_ = std::thread(&JobOwnership::keep, this);
}

void JobOwnership::release() noexcept {
  if (end()) file_->remove();
  lock_.reset();
}

void JobOwnership::leave() noexcept {
  if (end()) former_ ? file_->leave(former_->last_seen_ns) : file_->remove();
  lock_.reset();
}

/// Those who ask from another thread are refused before others may take the job. False: it was lost, or
/// has ended.
bool JobOwnership::end() noexcept {
  bool was_owned = false;
  {
    const std::lock_guard lock(mutex_);
    was_owned = !lost_;
    if (was_owned) why_lost_ = fmt::format("the job in {} was released", shown_path(directory_.path()));
    lost_ = ending_ = true;
  }
  ended_.notify_all();
  if (thread_.joinable()) thread_.join();
  return was_owned;
}

void JobOwnership::take(RunToken run, OwnerObservation& observation, bool is_unclosed) {
  OwnerRecord own = record_of_this_process(run, local_disk(directory_.fd()));
  const auto verdict = [&](const SeenOwner& seen, std::int64_t now_ns) {
    const auto record = owner_record_from(seen.text);
    return verdict_on({.exists = true,
                       .process = record ? process_of(*record, own) : OwnerProcess::unknown,
                       .lock_decides = record && share_locks(*record, own),
                       .untouched = std::chrono::nanoseconds(now_ns - seen.touched_ns)},
                      times_);
  };
  for (int tries = 0; tries < most_tries; ++tries) {
    file_.emplace(directory_, to_text(own));
    const std::int64_t began = boot_time_ns();
    const auto seen = OwnerFile::read(directory_, owner_file);
    bool taken = false;
    if (!seen) {
      // Of an earlier version, or somebody has removed its file.
      own.former_may_live = is_unclosed;
      file_.emplace(directory_, to_text(own));
      taken = file_->create();
    } else if (is_of_this_run(seen->text, own)) {
      // It was taken before, which this process could not see.
      own.former_may_live = owner_record_from(seen->text)->former_may_live;
      file_.emplace(directory_, seen->text);
      taken = file_->touch();
      former_ = FormerOwner{.record = {}, .may_live = own.former_may_live, .last_seen_ns = seen->touched_ns};
    } else {
      const std::int64_t now_ns = file_->server_time();
      const OwnerVerdict found = verdict(*seen, now_ns);
      auto record = owner_record_from(seen->text);
      if (found == OwnerVerdict::alive) {
        const std::chrono::nanoseconds age(now_ns - seen->touched_ns);
        const std::string when =
            age < -times_.time_out
                ? "Its file's time lies in the future: remove the file owner there if you know that it is "
                  "dead"
                : fmt::format(
                      "It was alive {} s ago; if it does not show again, the job can be taken over in {} s",
                      whole_seconds(age), whole_seconds(times_.time_out - age + observation.enough()));
        throw JobHeld(fmt::format(
            "another wm-supervisor ({}) is running the job in {}; wait for it (--wait-lock TIME), "
            "stop it, or use another --job-dir. {}",
            owner_words(record), shown_path(directory_.path()), when));
      }
      if (found == OwnerVerdict::timed_out) {
        if (const auto left = observation.look(*seen, boot_time_ns())) {
          throw OwnerInDoubt(
              fmt::format(
                  "another wm-supervisor ({}) was running the job in {} {} s ago; if it does not show "
                  "within {} s, the job is taken over",
                  owner_words(record), shown_path(directory_.path()),
                  whole_seconds(std::chrono::nanoseconds(now_ns - seen->touched_ns)), whole_seconds(*left)),
              *left);
        }
      }
      FormerOwner former{.record = std::move(record),
                         .may_live = found == OwnerVerdict::timed_out,
                         .last_seen_ns = seen->touched_ns};
      former.may_live = former.may_live || (former.record && former.record->former_may_live);
      own.former_may_live = former.may_live;
      file_.emplace(directory_, to_text(own));
      const auto may_take = [&](const SeenOwner& other) {
        return verdict(other, now_ns) != OwnerVerdict::alive;
      };
      taken = file_->take_over(*seen, may_take);
      if (taken) former_ = std::move(former);
    }
    if (!taken) continue;
    former_may_live_ = own.former_may_live;
    kill_point(KillPoint::owner_created);
    touched_ns_ = verified_ns_ = began;
    notices_.touched(began + times_.publish.count());
    try {
      const std::int64_t now_ns = OwnerFile::read(directory_, owner_file).value_or(SeenOwner{}).touched_ns;
      file_->remove_leftovers(
          [&](const SeenOwner& left) { return verdict(left, now_ns) != OwnerVerdict::alive; });
    } catch (const std::exception&) {
      // They harm nobody.
    }
    return;
  }
  throw JobHeld(fmt::format("others are taking the job in {} at this moment; try again later",
                            shown_path(directory_.path())));
}

void JobOwnership::keep() {
  std::unique_lock lock(mutex_);
  auto pause = times_.touch;
  while (!ended_.wait_for(lock, pause, [this] { return ending_; })) {
    lock.unlock();
    bool good = false;
    try {
      touch();
      good = true;
    } catch (const OwnershipLost&) {
      return;
    } catch (const std::exception&) {
      // The server may answer again soon.
    }
    lock.lock();
    pause = good ? times_.touch : times_.touch / after_failure;
  }
}

/// Throws std::system_error when it could not be touched this time, OwnershipLost.
void JobOwnership::touch() {
  const std::int64_t began = boot_time_ns();
  try {
    if (!file_->touch()) lose(held_by_other());
  } catch (const OwnershipLost&) {
    throw;
  } catch (const std::exception& error) {
    lose_after(touched_ns_, error);
    throw;
  }
  touched_ns_ = verified_ns_ = began;
  const std::lock_guard lock(mutex_);
  if (!ending_) notices_.touched(began + times_.publish.count());
}

void JobOwnership::require(std::chrono::nanoseconds may_be_old) {
  require_not_lost();
  const std::int64_t now = boot_time_ns();
  // Others may be about to take over from one that was not seen for so long.
  const bool was_away = now - touched_ns_ > times_.trust.count();
  if (!was_away && now - verified_ns_ <= may_be_old.count()) return;
  for (;;) {
    try {
      if (was_away) {
        touch();
      } else {
        if (!file_->is_own()) lose(held_by_other());
        verified_ns_ = now;
      }
      return;
    } catch (const OwnershipLost&) {
      throw;
    } catch (const std::exception& error) {
      lose_after(verified_ns_, error);
      std::this_thread::sleep_for(between_questions);
    }
  }
}

/// Loses the job when the file server has reported errors for too long.
void JobOwnership::lose_after(std::int64_t last_success_ns, const std::exception& error) {
  if (boot_time_ns() - last_success_ns > times_.trust.count())
    lose(fmt::format("{} for {} s", one_line(error.what()), whole_seconds(times_.trust)));
}

void JobOwnership::require_not_lost() const {
  if (!lost_) return;
  const std::lock_guard lock(mutex_);
  throw OwnershipLost(why_lost_);
}

std::string JobOwnership::why_lost() const {
  const std::lock_guard lock(mutex_);
  return why_lost_;
}

std::string JobOwnership::held_by_other() const {
  const auto seen = OwnerFile::read(directory_, owner_file);
  if (!seen) return "its owner's file was removed, or another run has taken it over and has ended";
  return fmt::format("another wm-supervisor ({}) has it now", owner_words(owner_record_from(seen->text)));
}

void JobOwnership::lose(const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    if (!lost_) {
      why_lost_ = fmt::format(
          "this run has lost the job in {}: {}; it stops and writes nothing more. What it finished and did "
          "not record is found out by the next run",
          shown_path(directory_.path()), why);
      lost_ = true;
      notices_.lost();
    }
  }
  require_not_lost();
  std::terminate();  // never reached
}

JobDirectory::MayChange while_owned(const std::shared_ptr<JobOwnership>& ownership) {
  return [asked = std::weak_ptr(ownership)](std::chrono::nanoseconds may_be_old) {
    const auto owned = asked.lock();
    if (!owned) throw OwnershipLost("the job was released");
    owned->require(may_be_old);
  };
}

}  // namespace wm
