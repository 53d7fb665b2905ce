#include "common/segment/task_queue.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>

#include <xxhash.h>

#include "common/kill_point/kill_point.h"

namespace wm {
namespace {

std::uint16_t copy_path(char (&to)[max_path_bytes + 1], const std::string& from) {
  if (from.size() > max_path_bytes) throw std::length_error("path is too long");
  std::memcpy(to, from.data(), from.size());
  to[from.size()] = '\0';
  return static_cast<std::uint16_t>(from.size());
}

/// Checksum of one direction of a payload: its fixed part, then the texts. It detects a worker that
/// overwrites memory by mistake; forgery is not a concern.
class Checksum {
 public:
  explicit Checksum(std::uint64_t ticket) : value_(ticket) {}
  Checksum& add(const void* bytes, std::size_t count) {
    value_ = XXH3_64bits_withSeed(bytes, count, value_);
    return *this;
  }
  template <typename T>
  Checksum& add(const T& value) {
    static_assert(std::has_unique_object_representations_v<T>);
    return add(&value, sizeof value);
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_;
};

std::uint64_t task_checksum(const Task& task, std::uint64_t ticket) {
  const std::uint64_t id = number(task.id);
  return Checksum(ticket)
      .add(id)
      .add(task.found)
      .add(task.attempt)
      .add(task.output_root)
      .add(task.own_output)
      .add(static_cast<std::uint64_t>(task.may_be_own))
      .add(task.input.size())
      .add(task.output.size())
      .add(task.input.data(), task.input.size())
      .add(task.output.data(), task.output.size())
      .value();
}

/// Copies as much of `from` as fits into `to`; returns the number of bytes.
std::uint16_t copy_text(std::span<char> to, std::string_view from) {
  const std::size_t bytes = std::min(from.size(), to.size());
  if (bytes > 0) std::memcpy(to.data(), from.data(), bytes);
  return static_cast<std::uint16_t>(bytes);
}

std::uint64_t result_checksum(const SlotResult& result, std::string_view message, std::string_view reason,
                              std::uint64_t ticket) {
  return Checksum(ticket)
      .add(result.failed)
      .add(result.failure_kind)
      .add(result.blame)
      .add(result.route)
      .add(result.message_bytes)
      .add(result.reason_bytes)
      .add(result.stage_ns)
      .add(result.published_bytes)
      .add(result.input)
      .add(result.published_inode)
      .add(result.published_mtime_ns)
      .add(result.texts_rendered)
      .add(result.damaged)
      .add(result.result)
      .add(result.left_out_bytes)
      .add(message.data(), message.size())
      .add(reason.data(), reason.size())
      .value();
}

}  // namespace

void TaskQueue::place(SlotIndex slot, const Task& task, std::uint64_t ticket) {
  SlotPayload& payload = payloads_[slot];
  payload.task = number(task.id);
  payload.found = task.found;
  payload.attempt = task.attempt;
  payload.input_bytes = copy_path(payload.input, task.input);
  payload.output_bytes = copy_path(payload.output, task.output);
  payload.output_root = task.output_root;
  payload.own_output = task.own_output;
  payload.may_be_own = static_cast<std::uint64_t>(task.may_be_own);
  payload.task_checksum = task_checksum(task, ticket);
  kill_point(KillPoint::place_payload);
  words_[slot].store(pack({SlotState::ready, WorkerIndex{}, ticket}), std::memory_order_release);
  kill_point(KillPoint::place_ready);
}

std::optional<SlotWord> TaskQueue::look(SlotIndex slot) const noexcept {
  return unpack(words_[slot].load(std::memory_order_acquire));
}

std::optional<Outcome> TaskQueue::result(SlotIndex slot, std::uint64_t ticket) const {
  const SlotPayload& shared = payloads_[slot];
  // Copies, so that the values checked are the values used.
  const SlotResult result = shared.result;
  if (result.failed > 1 || result.message_bytes > max_message_bytes ||
      result.reason_bytes > max_reason_bytes || result.blame > 1 || result.damaged > 1 ||
      result.route >= jpeg_route_count || result.result >= result_count ||
      result.left_out_bytes > result.message_bytes) {
    return std::nullopt;
  }
  std::string message(shared.message, result.message_bytes);
  std::string reason(shared.reason, result.reason_bytes);
  if (result.checksum != result_checksum(result, message, reason, ticket)) return std::nullopt;
  Outcome outcome;
  if (result.failed == 1) {
    if (result.failure_kind >= failure_kind_count) return std::nullopt;
    outcome.failure = Failure{static_cast<FailureKind>(result.failure_kind), std::move(message)};
    outcome.blame = static_cast<Blame>(result.blame);
  } else {
    outcome.published = {.result = static_cast<Result>(result.result),
                         .bytes = result.published_bytes,
                         .inode = result.published_inode,
                         .mtime_ns = result.published_mtime_ns,
                         .input = result.input,
                         .left_out = message.substr(0, result.left_out_bytes),
                         .notes = message.substr(result.left_out_bytes),
                         .damaged = result.damaged == 1,
                         .route = static_cast<JpegRoute>(result.route),
                         .route_reason = std::move(reason),
                         .texts_rendered = result.texts_rendered};
  }
  std::ranges::copy(result.stage_ns, outcome.stage_ns.begin());
  return outcome;
}

void TaskQueue::release(SlotIndex slot) noexcept {
  words_[slot].store(0, std::memory_order_release);
  kill_point(KillPoint::collect_released);
}

bool TaskQueue::withdraw(SlotIndex slot, std::uint64_t ticket) noexcept {
  std::uint64_t expected = pack({SlotState::ready, WorkerIndex{}, ticket});
  if (!words_[slot].compare_exchange_strong(expected, 0, std::memory_order_acq_rel)) return false;
  kill_point(KillPoint::withdraw_done);
  return true;
}

std::optional<TaskQueue::Claim> TaskQueue::claim(WorkerIndex worker) noexcept {
  const SlotIndex count = size();
  const SlotIndex start = claim_hint_->load(std::memory_order_relaxed) % count;
  for (SlotIndex step = 0; step < count; ++step) {
    const SlotIndex slot = (start + step) % count;
    std::uint64_t raw = words_[slot].load(std::memory_order_acquire);
    const auto word = unpack(raw);
    if (!word || word->state != SlotState::ready) continue;
    kill_point(KillPoint::claim_found);
    const std::uint64_t mine = pack({SlotState::claimed, worker, word->ticket});
    if (words_[slot].compare_exchange_strong(raw, mine, std::memory_order_acq_rel)) {
      kill_point(KillPoint::claim_signed);
      claim_hint_->store((slot + 1) % count, std::memory_order_relaxed);
      kill_point(KillPoint::claim_hinted);
      return Claim{slot, worker, word->ticket};
    }
  }
  return std::nullopt;
}

std::optional<Task> TaskQueue::task(const Claim& claim) const {
  const SlotPayload& shared = payloads_[claim.slot];
  const std::uint16_t input_bytes = shared.input_bytes;
  const std::uint16_t output_bytes = shared.output_bytes;
  const std::uint64_t may_be_own = shared.may_be_own;
  if (input_bytes > max_path_bytes || output_bytes > max_path_bytes || may_be_own >= may_be_own_count)
    return std::nullopt;
  Task task{.id = static_cast<TaskId>(shared.task),
            .attempt = shared.attempt,
            .input = std::string(shared.input, input_bytes),
            .output = std::string(shared.output, output_bytes),
            .found = shared.found,
            .output_root = shared.output_root,
            .own_output = shared.own_output,
            .may_be_own = static_cast<MayBeOwn>(may_be_own)};
  // Computed from the copy, so that the values checked are the values used.
  if (task_checksum(task, claim.ticket) != shared.task_checksum) return std::nullopt;
  return task;
}

bool TaskQueue::finish(const Claim& claim, const Outcome& outcome) noexcept {
  SlotPayload& payload = payloads_[claim.slot];
  SlotResult& result = payload.result;
  result.failed = outcome.failure ? 1 : 0;
  result.failure_kind = outcome.failure ? static_cast<std::uint8_t>(outcome.failure->kind) : std::uint8_t{0};
  result.blame = static_cast<std::uint8_t>(outcome.blame);
  kill_point(KillPoint::result_begun);
  const Published& published = outcome.published;
  result.left_out_bytes = outcome.failure ? std::uint16_t{0} : copy_text(payload.message, published.left_out);
  const std::string& rest = outcome.failure ? outcome.failure->message : published.notes;
  result.message_bytes = static_cast<std::uint16_t>(
      result.left_out_bytes + copy_text(std::span(payload.message).subspan(result.left_out_bytes), rest));
  result.reason_bytes = copy_text(payload.reason, published.route_reason);
  result.route = static_cast<std::uint8_t>(published.route);
  std::ranges::copy(outcome.stage_ns, result.stage_ns);
  result.published_bytes = published.bytes;
  result.input = published.input;
  result.published_inode = published.inode;
  result.published_mtime_ns = published.mtime_ns;
  result.result = static_cast<std::uint16_t>(published.result);
  result.texts_rendered = published.texts_rendered;
  result.damaged = published.damaged ? 1 : 0;
  result.checksum = result_checksum(result, {payload.message, result.message_bytes},
                                    {payload.reason, result.reason_bytes}, claim.ticket);
  kill_point(KillPoint::result_written);
  std::uint64_t expected = pack({SlotState::claimed, claim.worker, claim.ticket});
  // The supervisor takes a slot back only when its worker is dead.
  const bool mine = words_[claim.slot].compare_exchange_strong(
      expected, pack({SlotState::done, claim.worker, claim.ticket}), std::memory_order_acq_rel);
  kill_point(KillPoint::result_done);
  return mine;
}

}  // namespace wm
