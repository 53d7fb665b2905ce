#include "supervisor/pool/death_words.h"

#include <csignal>
#include <cstring>

#include <fmt/format.h>

namespace wm {

namespace {

std::string mebibytes(std::uint64_t bytes) {
  return fmt::format("{:.0f} MiB", static_cast<double>(bytes) / (1 << 20));
}

}  // namespace

std::string death_words(const WorkerDeath& death) {
  if (death.killed == KillReason::timeout)
    return fmt::format("exceeded its time (--timeout {}) and was killed", death.timeout);
  if (death.killed == KillReason::memory) {
    return fmt::format("exceeded its memory ({}) and was killed", mebibytes(death.bytes));
  }
  if (death.out_of_memory) {
    return fmt::format("was killed by the kernel for want of memory (it held {})", mebibytes(death.bytes));
  }
  if (death.killed == KillReason::damage) return "was killed because the shared memory is damaged";
  if (death.killed == KillReason::slow_boot) return "took too long to start and was killed";
  if (death.killed == KillReason::unresponsive) return "took no task for too long and was killed";
  if (death.killed == KillReason::stop) return "was stopped";
  if (!death.signal) return fmt::format("exited with status {}", death.exit_code);
  const char* const word = ::sigabbrev_np(*death.signal);
  return word != nullptr ? fmt::format("was killed by SIG{}", word)
                         : fmt::format("was killed by signal {}", *death.signal);
}

DeathBlame blame_of(const WorkerDeath& death, bool had_task, bool segment_is_damaged) {
  if (segment_is_damaged || death.killed == KillReason::damage) return DeathBlame::damage;
  const bool overran = death.killed == KillReason::timeout || death.killed == KillReason::memory;
  if (had_task || overran) return DeathBlame::picture;
  const bool killed_by_others = death.signal == SIGKILL && !death.killed && !death.out_of_memory;
  return killed_by_others ? DeathBlame::outside : DeathBlame::worker;
}

bool killed_for_another(const WorkerDeath& death, std::uint64_t killed_for, std::uint64_t ticket) {
  if (!death.killed) return false;
  switch (*death.killed) {
    case KillReason::timeout:
    case KillReason::memory:
      return killed_for != ticket;
    case KillReason::slow_boot:
    case KillReason::unresponsive:
      return true;
    case KillReason::damage:
    case KillReason::stop:
      break;
  }
  return false;
}

FailureKind kind_of(const WorkerDeath& death) {
  if (death.killed == KillReason::timeout) return FailureKind::timeout;
  if (death.killed == KillReason::memory || death.out_of_memory) return FailureKind::out_of_memory;
  return FailureKind::crash;
}

}  // namespace wm
