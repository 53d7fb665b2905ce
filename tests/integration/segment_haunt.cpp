#include "tests/integration/segment_haunt.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <cstring>
#include <thread>
#include <utility>

#include "common/segment/inherited_descriptors.h"
#include "common/segment/task_queue.h"

namespace wm::test {

using namespace std::chrono_literals;

SegmentHaunt::SegmentHaunt(unsigned seed) : random_(seed), seed_(seed) {
  struct stat status {};
  ::fstat(inherited::segment, &status);
  const auto size = static_cast<std::size_t>(status.st_size);
  void* const start = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, inherited::segment, 0);
  bytes_ = {static_cast<std::byte*>(start), size};
  shape_ = reinterpret_cast<const SegmentHeader*>(bytes_.data())->shape;
  at_ = offsets_of(shape_);
  words_ = {reinterpret_cast<std::atomic<std::uint64_t>*>(bytes_.data() + at_.words), shape_.slots};
  payloads_ = {reinterpret_cast<SlotPayload*>(bytes_.data() + at_.payloads), shape_.slots};
}

void SegmentHaunt::run_for(std::chrono::milliseconds duration) {
  static constexpr std::array<Kind, kinds> all{
      &SegmentHaunt::any_word,       &SegmentHaunt::plausible_word, &SegmentHaunt::swapped_words,
      &SegmentHaunt::replayed_word,  &SegmentHaunt::payload_bytes,  &SegmentHaunt::swapped_payloads,
      &SegmentHaunt::lane_positions, &SegmentHaunt::ring_bytes,     &SegmentHaunt::lane_counters,
      &SegmentHaunt::status,         &SegmentHaunt::header,         &SegmentHaunt::any_byte};
  const auto end = std::chrono::steady_clock::now() + duration;
  while (std::chrono::steady_clock::now() < end) {
    (this->*all[seed_ < kinds ? seed_ : up_to(kinds)])();
    std::this_thread::sleep_for(std::chrono::microseconds(up_to(500)));
  }
}

/// Small ones, great ones and borders more often than chance has them.
std::uint64_t SegmentHaunt::any_number() {
  switch (up_to(4)) {
    case 0:
      return up_to(8);
    case 1:
      return ~std::uint64_t{0} - up_to(8);
    case 2:
      return (std::uint64_t{1} << up_to(64)) + up_to(3) - 1;
    default:
      return random_();
  }
}

LogRingHeader& SegmentHaunt::ring() {
  return *reinterpret_cast<LogRingHeader*>(bytes_.data() + at_.rings +
                                           up_to(shape_.workers) * at_.ring_stride);
}

WorkerStatus& SegmentHaunt::some_status() {
  return reinterpret_cast<WorkerStatus*>(bytes_.data() + at_.statuses)[up_to(shape_.workers)];
}

void SegmentHaunt::any_word() {
  words_[up_to(words_.size())].store(any_number());
}

/// Another state or owner, but the right ticket.
void SegmentHaunt::plausible_word() {
  auto& word = words_[up_to(words_.size())];
  const auto now = unpack(word.load());
  if (!now || now->state == SlotState::free) return;
  word.store(pack(
      {static_cast<SlotState>(up_to(4)), static_cast<WorkerIndex>(up_to(shape_.workers + 1)), now->ticket}));
}

void SegmentHaunt::swapped_words() {
  auto& one = words_[up_to(words_.size())];
  auto& other = words_[up_to(words_.size())];
  const std::uint64_t value = one.exchange(other.load());
  other.store(value);
}

/// What the slot, or another one, said a while ago.
void SegmentHaunt::replayed_word() {
  auto& word = words_[up_to(words_.size())];
  if (seen_words_.size() < 64 || up_to(2) == 0) return seen_words_.push_back(word.load());
  word.store(seen_words_[up_to(seen_words_.size())]);
}

void SegmentHaunt::payload_bytes() {
  auto* const payload = reinterpret_cast<std::byte*>(&payloads_[up_to(payloads_.size())]);
  const std::size_t fields[] = {offsetof(SlotPayload, task), offsetof(SlotPayload, input),
                                offsetof(SlotPayload, output), offsetof(SlotPayload, result),
                                offsetof(SlotPayload, message)};
  std::byte* place = payload + fields[up_to(std::size(fields))] + up_to(48);
  for (std::uint32_t count = 1 + up_to(8); count > 0; --count) *place++ = any();
}

void SegmentHaunt::swapped_payloads() {
  SlotPayload& one = payloads_[up_to(payloads_.size())];
  SlotPayload& other = payloads_[up_to(payloads_.size())];
  const SlotPayload copy = one;
  one = other;
  other = copy;
}

void SegmentHaunt::lane_positions() {
  LogRingHeader& header = ring();
  auto& position = up_to(2) == 0 ? header.tail : header.head;
  position.store(up_to(2) == 0 ? position.load() + up_to(256) - 128 : any_number());
}

void SegmentHaunt::ring_bytes() {
  LogRingHeader& header = ring();
  auto* const ring = reinterpret_cast<std::byte*>(&header + 1);
  for (std::uint32_t count = 1 + up_to(64); count > 0; --count)
    ring[(header.tail.load() - up_to(256)) & (shape_.ring_bytes - 1)] = any();
}

void SegmentHaunt::lane_counters() {
  LogRingHeader& header = ring();
  if (up_to(2) == 0) header.dropped.store(any_number());
  if (up_to(2) == 0) header.producer_waiting.store(up_to(3));
}

void SegmentHaunt::status() {
  WorkerStatus& status = some_status();
  switch (up_to(8)) {
    case 0:
      status.waiting.store(up_to(3));
      break;
    case 1:
      status.phase.store(up_to(4));
      break;
    case 2:
      status.retire.store(up_to(2));
      break;
    case 3:
      status.stage.store(static_cast<std::uint32_t>(any_number()));
      break;
    case 4:
      status.task.store(up_to(2) == 0 ? up_to(100) : any_number());
      break;
    case 5:
      status.path_bytes = static_cast<std::uint32_t>(any_number());
      break;
    case 6:
      status.boot_message_bytes = static_cast<std::uint32_t>(any_number());
      break;
    default:
      status.path[up_to(sizeof status.path)] = static_cast<char>(any());
  }
}

void SegmentHaunt::header() {
  auto& header = *reinterpret_cast<SegmentHeader*>(bytes_.data());
  switch (up_to(6)) {
    case 0:
      header.stopping.store(up_to(2));
      break;
    case 1:
      header.dispatcher_waiting.store(up_to(3));
      break;
    case 2:
      header.collector_waiting.store(up_to(3));
      break;
    case 3:
      header.claim_hint.store(static_cast<std::uint32_t>(any_number()));
      break;
    default:
      bytes_[up_to(offsetof(SegmentHeader, stopping))] = any();
  }
}

void SegmentHaunt::any_byte() {
  std::size_t place = up_to(bytes_.size());
  for (std::uint32_t count = up_to(4096); place < bytes_.size() && count > 0; --count)
    bytes_[place++] = any();
}

}  // namespace wm::test
