#pragma once

// What the snapshots at an overdue worker have shown so far, kept with the ticket of the task that was
// overdue, so that it is never reported for another task. One of each worker.

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
  std::vector<std::string> outside;  // lines on its threads, of each snapshot
  ProcessSample begin;               // when it began to be left alone
  std::optional<HangFinding> finding;

  /// Evidence on this task; that on another one is dropped.
  HangEvidence& on(std::uint64_t task) {
    if (ticket != task) {
      *this = {};
      ticket = task;
    }
    return *this;
  }
  /// The worker died while it had this task, 0 for none. Nothing is kept.
  [[nodiscard]] HangEvidence take(std::uint64_t task) {
    HangEvidence last = std::exchange(*this, {});
    return last.ticket == task ? std::move(last) : HangEvidence{};
  }
};

}  // namespace wm
