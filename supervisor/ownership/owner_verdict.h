#pragma once

// Whether a job may be taken, given what is known about its owner. Pure.

#include <chrono>
#include <cstdint>

#include "supervisor/ownership/owner_record.h"

namespace wm {

/// How long what is true. An owner touches its file; when it could not for `trust`, it stops, and `touch`
/// later it is ended if it hangs; its workers publish nothing after `publish`; after `time_out` others may
/// take the job over, if the file stands still for `second_look` as well. What lies between these times is
/// the room for a slow disk and for clocks of different speed.
struct OwnerTimes {
  std::chrono::nanoseconds touch = std::chrono::seconds(10);
  std::chrono::nanoseconds trust = std::chrono::seconds(60);
  std::chrono::nanoseconds publish = std::chrono::seconds(90);
  std::chrono::nanoseconds time_out = std::chrono::seconds(120);
  std::chrono::nanoseconds second_look = std::chrono::seconds(25);
};

/// With kill points, WM_OWNER_SECOND_MS says how long a second is, so that tests need not wait for minutes.
[[nodiscard]] OwnerTimes owner_times();

struct OwnerFacts {
  bool exists = false;
  OwnerProcess process = OwnerProcess::unknown;
  /// This process has the job's lock, and the owner locked on the same disk of this machine: it cannot run.
  bool lock_decides = false;
  std::chrono::nanoseconds untouched{};  // by the file server's clock
};

enum class OwnerVerdict : std::uint8_t {
  none,       // nobody owns the job
  dead,       // its owner cannot wake up any more
  timed_out,  // its owner may wake up, but has lost the job
  alive,      // the job is held
};

[[nodiscard]] constexpr OwnerVerdict verdict_on(const OwnerFacts& facts, const OwnerTimes& times) {
  if (!facts.exists) return OwnerVerdict::none;
  if (facts.process == OwnerProcess::gone) return OwnerVerdict::dead;
  if (facts.lock_decides && facts.process == OwnerProcess::unknown) return OwnerVerdict::dead;
  return facts.untouched >= times.time_out ? OwnerVerdict::timed_out : OwnerVerdict::alive;
}

}  // namespace wm
