#pragma once

// The task queue: an array of slots, each governed by one atomic word, so that a process may be killed
// between any two instructions and the supervisor can always see and undo what it left behind.
//
//   FREE --place--> READY --claim--> CLAIMED(w) --finish--> DONE(w) --release--> FREE
//                     ^                  |
//                     +----- place ------+   (by the supervisor, after w is confirmed dead)
//
// `place` and `finish` write the payload first and then the word (release); `claim` is one compare-and-swap,
// so claiming and signing are one instruction. The supervisor's private memory is authoritative for the
// contents of a slot; the segment only transports them, and a worker may have scribbled on any byte of it.

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>

#include "common/job/outcome.h"
#include "common/job/task.h"
#include "common/segment/layout.h"

namespace wm {

enum class SlotState : std::uint8_t { free, ready, claimed, done };

/// The unpacked word {state:8, worker:16, ticket:40}. Each ticket is used only once in the life of a segment.
struct SlotWord {
  SlotState state{};
  WorkerIndex worker{};
  std::uint64_t ticket = 0;
  bool operator==(const SlotWord&) const = default;
};

[[nodiscard]] constexpr std::uint64_t pack(const SlotWord& word) {
  return static_cast<std::uint64_t>(word.state) << 56 | static_cast<std::uint64_t>(word.worker) << 40 |
         (word.ticket & ((std::uint64_t{1} << 40) - 1));
}
/// None for a word that cannot be the result of pack().
[[nodiscard]] constexpr std::optional<SlotWord> unpack(std::uint64_t raw) {
  if (raw >> 56 > static_cast<std::uint64_t>(SlotState::done)) return std::nullopt;
  return SlotWord{static_cast<SlotState>(raw >> 56), static_cast<WorkerIndex>(raw >> 40 & 0xFFFF),
                  raw & ((std::uint64_t{1} << 40) - 1)};
}

using SlotIndex = std::uint32_t;

/// A view of the slots in shared memory. Lock-free; unless stated otherwise, nothing here blocks, throws or
/// allocates (except for the strings of a Task).
class TaskQueue {
 public:
  TaskQueue(std::span<std::atomic<std::uint64_t>> words, std::span<SlotPayload> payloads,
            std::atomic<std::uint32_t>& claim_hint)
      : words_(words), payloads_(payloads), claim_hint_(&claim_hint) {}

  [[nodiscard]] SlotIndex size() const noexcept { return static_cast<SlotIndex>(words_.size()); }

  // ---- the supervisor's side, one thread ----

  /// Makes the slot READY, whatever its state was: it must be FREE, or held by a worker that is confirmed
  /// dead. Throws std::length_error when a path is longer than max_path_bytes.
  void place(SlotIndex slot, const Task& task, std::uint64_t ticket);
  /// The slot's current word, none when it is invalid.
  [[nodiscard]] std::optional<SlotWord> look(SlotIndex slot) const noexcept;
  /// The result in a slot that is DONE with this ticket; none when its checksum or values are wrong.
  [[nodiscard]] std::optional<Outcome> result(SlotIndex slot, std::uint64_t ticket) const;
  void release(SlotIndex slot) noexcept;
  /// Takes a READY slot back before a worker claims it. False: one did.
  [[nodiscard]] bool withdraw(SlotIndex slot, std::uint64_t ticket) noexcept;

  // ---- a worker's side, one thread ----

  struct Claim {
    SlotIndex slot = 0;
    WorkerIndex worker{};
    std::uint64_t ticket = 0;
  };
  /// Takes one READY slot, the oldest first as far as is known. None when no slot is READY.
  [[nodiscard]] std::optional<Claim> claim(WorkerIndex worker) noexcept;
  /// None when the payload is not what the supervisor wrote: somebody scribbled on it.
  [[nodiscard]] std::optional<Task> task(const Claim& claim) const;
  /// False: according to the slot it is not the caller's, so somebody scribbled on it.
  bool finish(const Claim& claim, const Outcome& outcome) noexcept;

 private:
  std::span<std::atomic<std::uint64_t>> words_;
  std::span<SlotPayload> payloads_;
  std::atomic<std::uint32_t>* claim_hint_;
};

}  // namespace wm
