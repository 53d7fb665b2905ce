#pragma once

// The results of the snapshots of an overdue worker so far, kept with the ticket of the overdue task, so that
// they are never reported for another task. One object per worker.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/pool/hang_finding.h"
#include "supervisor/pool/process_sample.h"

namespace wm {

struct HangEvidence {
  std::uint64_t ticket = 0;          // 0: none
  std::vector<std::string> outside;  // about its threads, from each snapshot
  ProcessSample begin;               // when the undisturbed interval began
  std::optional<HangFinding> finding;

  /// The evidence on this task; evidence on any other task is dropped.
  HangEvidence& on(std::uint64_t task) {
    if (ticket != task) {
      *this = {};
      ticket = task;
    }
    return *this;
  }
  /// The worker died with this task, 0 for none. The stored evidence is dropped.
  [[nodiscard]] HangEvidence take(std::uint64_t task) {
    HangEvidence last = std::exchange(*this, {});
    return last.ticket == task ? std::move(last) : HangEvidence{};
  }
};

}  // namespace wm
