#pragma once

// The task queue: an array of slots, each ruled by one atomic word, so that a process may be killed between
// any two instructions and leaves nothing that the supervisor cannot see and undo.
//
//   FREE --place--> READY --claim--> CLAIMED(w) --finish--> DONE(w) --release--> FREE
//                     ^                  |
//                     +----- place ------+   (by the supervisor, after w is confirmed dead)
//
// `place` and `finish` write the payload first and then the word (release); `claim` is one compare-and-swap,
// so claiming and signing are one instruction. The supervisor's private memory is the truth about what lies
// in a slot; the segment only carries it, and a worker may have scribbled on any byte of it.

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>

#include "common/job/outcome.h"
#include "common/job/task.h"
#include "common/segment/layout.h"

namespace wm {

enum class SlotState : std::uint8_t { free, ready, claimed, done };

/// The unpacked word {state:8, worker:16, ticket:40}. A ticket is used once in the life of a segment.
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
/// None for a word that nobody can have written on purpose.
[[nodiscard]] constexpr std::optional<SlotWord> unpack(std::uint64_t raw) {
  if (raw >> 56 > static_cast<std::uint64_t>(SlotState::done)) return std::nullopt;
  return SlotWord{static_cast<SlotState>(raw >> 56), static_cast<WorkerIndex>(raw >> 40 & 0xFFFF),
                  raw & ((std::uint64_t{1} << 40) - 1)};
}

using SlotIndex = std::uint32_t;

/// A view of the slots in shared memory. Lock-free; nothing here blocks, allocates (but the strings of a
/// Task) or throws, unless said.
class TaskQueue {
 public:
  TaskQueue(std::span<std::atomic<std::uint64_t>> words, std::span<SlotPayload> payloads,
            std::atomic<std::uint32_t>& claim_hint)
      : words_(words), payloads_(payloads), claim_hint_(&claim_hint) {}

  [[nodiscard]] SlotIndex size() const noexcept { return static_cast<SlotIndex>(words_.size()); }

  // ---- the supervisor's side, one thread ----

  /// Makes the slot READY, whatever it was: it must be FREE, or held by a worker that is confirmed dead.
  /// Throws std::length_error when a path is longer than max_path_bytes.
  void place(SlotIndex slot, const Task& task, std::uint64_t ticket);
  /// What the slot says of itself, none for nonsense.
  [[nodiscard]] std::optional<SlotWord> look(SlotIndex slot) const noexcept;
  /// The result in a slot that is DONE with this ticket; none when it is not what its worker wrote.
  [[nodiscard]] std::optional<Outcome> result(SlotIndex slot, std::uint64_t ticket) const;
  void release(SlotIndex slot) noexcept;
  /// Takes a READY slot back before anyone claims it. False: somebody did.
  [[nodiscard]] bool withdraw(SlotIndex slot, std::uint64_t ticket) noexcept;

  // ---- a worker's side, one thread ----

  struct Claim {
    SlotIndex slot = 0;
    WorkerIndex worker{};
    std::uint64_t ticket = 0;
  };
  /// Takes one READY slot, the oldest ones first as far as that is known. None when there is none.
  [[nodiscard]] std::optional<Claim> claim(WorkerIndex worker) noexcept;
  /// None when it is not what the supervisor wrote: somebody scribbled on it.
  [[nodiscard]] std::optional<Task> task(const Claim& claim) const;
  /// False: the slot says that it is not the caller's, so somebody scribbled on it.
  bool finish(const Claim& claim, const Outcome& outcome) noexcept;

 private:
  std::span<std::atomic<std::uint64_t>> words_;
  std::span<SlotPayload> payloads_;
  std::atomic<std::uint32_t>* claim_hint_;
};

}  // namespace wm
