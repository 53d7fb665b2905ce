#include "common/segment/task_queue.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace wm {
namespace {

std::uint16_t copy_path(char (&to)[max_path_bytes + 1], const std::string& from) {
  if (from.size() > max_path_bytes) throw std::length_error("path is too long");
  std::memcpy(to, from.data(), from.size());
  to[from.size()] = '\0';
  return static_cast<std::uint16_t>(from.size());
}

}  // namespace

void TaskQueue::place(SlotIndex slot, const Task& task, std::uint64_t ticket) {
  SlotPayload& payload = payloads_[slot];
  payload.task = number(task.id);
  payload.attempt = task.attempt;
  payload.input_bytes = copy_path(payload.input, task.input);
  payload.output_bytes = copy_path(payload.output, task.output);
  words_[slot].store(pack({SlotState::ready, WorkerIndex{}, ticket}), std::memory_order_release);
}

std::optional<SlotWord> TaskQueue::look(SlotIndex slot) const noexcept {
  return unpack(words_[slot].load(std::memory_order_acquire));
}

std::optional<Outcome> TaskQueue::result(SlotIndex slot) const {
  const SlotPayload payload = payloads_[slot];  // one copy, so that what is checked is what is used
  if (payload.failed > 1 || payload.message_bytes > max_message_bytes || payload.blame > 1)
    return std::nullopt;
  Outcome outcome;
  if (payload.failed == 1) {
    if (payload.failure_kind >= failure_kind_count) return std::nullopt;
    outcome.failure = Failure{static_cast<FailureKind>(payload.failure_kind),
                              std::string(payload.message, payload.message_bytes)};
    outcome.blame = static_cast<Blame>(payload.blame);
  }
  std::ranges::copy(payload.stage_ns, outcome.stage_ns.begin());
  outcome.output_bytes = payload.published_bytes;
  return outcome;
}

void TaskQueue::release(SlotIndex slot) noexcept {
  words_[slot].store(0, std::memory_order_release);
}

bool TaskQueue::withdraw(SlotIndex slot, std::uint64_t ticket) noexcept {
  std::uint64_t expected = pack({SlotState::ready, WorkerIndex{}, ticket});
  return words_[slot].compare_exchange_strong(expected, 0, std::memory_order_acq_rel);
}

std::optional<TaskQueue::Claim> TaskQueue::claim(WorkerIndex worker) noexcept {
  const SlotIndex count = size();
  const SlotIndex start = claim_hint_->load(std::memory_order_relaxed) % count;
  for (SlotIndex step = 0; step < count; ++step) {
    const SlotIndex slot = (start + step) % count;
    std::uint64_t raw = words_[slot].load(std::memory_order_acquire);
    const auto word = unpack(raw);
    if (!word || word->state != SlotState::ready) continue;
    const std::uint64_t mine = pack({SlotState::claimed, worker, word->ticket});
    if (words_[slot].compare_exchange_strong(raw, mine, std::memory_order_acq_rel)) {
      claim_hint_->store((slot + 1) % count, std::memory_order_relaxed);
      return Claim{slot, worker, word->ticket};
    }
  }
  return std::nullopt;
}

Task TaskQueue::task(const Claim& claim) const {
  const SlotPayload& payload = payloads_[claim.slot];
  const auto length = [](std::uint16_t bytes) { return std::min<std::size_t>(bytes, max_path_bytes); };
  return {.id = static_cast<TaskId>(payload.task),
          .attempt = payload.attempt,
          .input = std::string(payload.input, length(payload.input_bytes)),
          .output = std::string(payload.output, length(payload.output_bytes))};
}

void TaskQueue::finish(const Claim& claim, const Outcome& outcome) noexcept {
  SlotPayload& payload = payloads_[claim.slot];
  payload.failed = outcome.failure ? 1 : 0;
  payload.failure_kind = outcome.failure ? static_cast<std::uint8_t>(outcome.failure->kind) : std::uint8_t{0};
  payload.blame = static_cast<std::uint8_t>(outcome.blame);
  const std::size_t bytes =
      outcome.failure ? std::min(outcome.failure->message.size(), max_message_bytes) : 0;
  payload.message_bytes = static_cast<std::uint16_t>(bytes);
  if (bytes > 0) std::memcpy(payload.message, outcome.failure->message.data(), bytes);
  std::ranges::copy(outcome.stage_ns, payload.stage_ns);
  payload.published_bytes = outcome.output_bytes;
  std::uint64_t expected = pack({SlotState::claimed, claim.worker, claim.ticket});
  // Fails only when the supervisor gave the slot away, which it does to the dead alone.
  words_[claim.slot].compare_exchange_strong(expected, pack({SlotState::done, claim.worker, claim.ticket}),
                                             std::memory_order_acq_rel);
}

}  // namespace wm
