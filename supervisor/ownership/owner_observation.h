#pragma once

// Whether an owner's file stands still between two looks, by this machine's clock: nobody is robbed because
// the clock of a file server, or of another client, was set. Pure.

#include <chrono>
#include <cstdint>
#include <optional>

#include "supervisor/ownership/owner_file.h"

namespace wm {

class OwnerObservation {
 public:
  /// `enough`: an owner that is alive touches its file within that time.
  explicit OwnerObservation(std::chrono::nanoseconds enough) noexcept : enough_(enough) {}

  /// For how much longer the file must stay as it is; none: it has stood still for long enough. `now_ns` is
  /// CLOCK_BOOTTIME.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> look(const SeenOwner& seen, std::int64_t now_ns) {
    const bool is_same = seen_ && seen_->text == seen.text && seen_->touched_ns == seen.touched_ns;
    if (!is_same) since_ns_ = now_ns;
    seen_ = seen;
    const auto left = enough_ - std::chrono::nanoseconds(now_ns - since_ns_);
    return left.count() > 0 ? std::optional(left) : std::nullopt;
  }
  [[nodiscard]] std::chrono::nanoseconds enough() const noexcept { return enough_; }

 private:
  std::chrono::nanoseconds enough_;
  std::optional<SeenOwner> seen_;
  std::int64_t since_ns_ = 0;
};

}  // namespace wm
