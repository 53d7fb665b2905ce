#pragma once

// The bytes of the shared-memory segment: header, worker statuses, slot words, slot payloads, log rings.
// Format: docs/shared_memory_format.md. The segment contains only trivially copyable values and lock-free
// atomics, no pointers; a reader must validate every value that another process wrote.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "common/job/output_identity.h"
#include "common/job/task.h"
#include "common/os/file_stamp.h"

namespace wm {

inline constexpr std::uint64_t segment_magic = 0x31474553'2D4D57ULL;  // "WM-SEG1"
inline constexpr std::uint64_t segment_version = 9;

inline constexpr std::size_t max_path_bytes = 4095;
inline constexpr std::size_t max_message_bytes = 1024;
inline constexpr std::size_t max_reason_bytes = 120;
inline constexpr unsigned max_workers = 1024;

template <typename T>
concept SharedAtomic = std::atomic<T>::is_always_lock_free && sizeof(std::atomic<T>) == sizeof(T);
static_assert(SharedAtomic<std::uint32_t> && SharedAtomic<std::uint64_t> && SharedAtomic<std::int64_t>);

/// Fixed when the segment is created.
struct SegmentShape {
  std::uint32_t workers = 0;
  std::uint32_t slots = 0;
  std::uint32_t ring_bytes = 0;  // of one ring, a power of two
  bool operator==(const SegmentShape&) const = default;
};

struct SegmentHeader {
  std::uint64_t magic;
  std::uint64_t abi;  // abi_hash() of the program that created the segment
  std::uint64_t total_bytes;
  SegmentShape shape;
  std::uint32_t reserved;
  // CLOCK_BOOTTIME: after that, nothing may be published, since the job may be another supervisor's. 0: no
  // limit.
  std::atomic<std::int64_t> owned_until_ns;

  alignas(64) std::atomic<std::uint32_t> stopping;            // 1: claim no more tasks and exit
  alignas(64) std::atomic<std::uint32_t> dispatcher_waiting;  // n: post `done` after the n-th result
  alignas(64) std::atomic<std::uint32_t> collector_waiting;   // 1: post `log` after a record
  alignas(64) std::atomic<std::uint32_t> claim_hint;          // where the next search for a READY slot starts
};

enum class WorkerPhase : std::uint32_t { booting, ready, boot_failed };

struct WorkerStatus {
  alignas(64) std::atomic<std::uint32_t> waiting;  // 1: asleep on `ready`
  std::atomic<std::uint32_t> phase;                // WorkerPhase
  std::atomic<std::uint32_t> retire;               // 1: exit before the next task
  std::atomic<std::uint32_t> stage;                // Stage of the running task
  std::atomic<std::uint64_t> task;                 // id of the running task, 0 between tasks
  std::atomic<std::uint64_t> memory_wanted;   // a MemoryRequest of the running task; written by the worker
  std::atomic<std::uint64_t> memory_granted;  // the answer: the same word; written by the supervisor
  std::uint32_t path_bytes;                   // published by `task`
  std::uint32_t boot_message_bytes;           // published by `phase`
  char path[max_path_bytes + 1];
  char boot_message[max_message_bytes];
};

/// A worker's report on its task, except for the texts.
struct SlotResult {
  std::uint64_t checksum;     // over the following fields and the texts' used bytes, seeded with the ticket
  std::uint8_t failed;        // 0 or 1
  std::uint8_t failure_kind;  // FailureKind
  std::uint16_t message_bytes;
  std::uint8_t blame;  // Blame
  std::uint8_t route;  // JpegRoute
  std::uint16_t reason_bytes;
  std::uint64_t stage_ns[4];
  std::uint64_t published_bytes;
  std::uint64_t published_inode;
  std::int64_t published_mtime_ns;
  FileStamp input;  // the marked file
  std::uint32_t texts_rendered;
  std::uint16_t result;          // Result
  std::uint16_t left_out_bytes;  // of `message`
  std::uint64_t damaged;         // 0 or 1
};

/// What the supervisor hands out and the worker hands back. The slot's word decides who owns it.
struct SlotPayload {
  // supervisor to worker
  alignas(64) std::uint64_t
      task_checksum;  // over the following fields and the used bytes of the paths, seeded with the ticket
  std::uint64_t task;
  FileStamp found;
  std::uint32_t attempt;
  std::uint16_t input_bytes;
  std::uint16_t output_bytes;
  OutputRoot output_root;
  OutputIdentity own_output;
  std::uint64_t may_be_own;  // MayBeOwn
  char input[max_path_bytes + 1];
  char output[max_path_bytes + 1];
  // worker to supervisor
  SlotResult result;
  char message[max_message_bytes];  // the failure's; else the marks that were left out, then the notes
  char reason[max_reason_bytes];    // of the route
};

struct LogRingHeader {
  alignas(64) std::atomic<std::uint64_t> tail;  // bytes ever written; written by the producer
  std::atomic<std::uint64_t> dropped;           // records given up; written by the producer
  std::atomic<std::uint32_t> producer_waiting;  // 1: post `space` after reading
  alignas(64) std::atomic<std::uint64_t> head;  // bytes ever read; written by the consumer
};

static_assert(std::is_trivially_copyable_v<SlotPayload>);
static_assert(std::is_standard_layout_v<SegmentHeader> && std::is_standard_layout_v<WorkerStatus> &&
              std::is_standard_layout_v<LogRingHeader>);

/// Differs between programs that lay out these structures differently.
[[nodiscard]] constexpr std::uint64_t abi_hash() {
  std::uint64_t value = segment_version;
  for (const std::size_t part :
       {sizeof(SegmentHeader), sizeof(WorkerStatus), sizeof(SlotPayload), sizeof(LogRingHeader),
        offsetof(SlotPayload, result), offsetof(SlotPayload, message), offsetof(SlotPayload, reason),
        offsetof(WorkerStatus, path)}) {
    value = value * 1'000'003 + part;
  }
  return value;
}

/// Where each part of a segment of this shape begins, in bytes from the start of the mapping.
struct SegmentOffsets {
  std::size_t statuses, words, payloads, rings, ring_stride, total;
};

[[nodiscard]] constexpr SegmentOffsets offsets_of(const SegmentShape& shape) {
  const auto page_up = [](std::size_t bytes) { return (bytes + 4095) & ~std::size_t{4095}; };
  SegmentOffsets at{};
  at.statuses = page_up(sizeof(SegmentHeader));
  at.words = page_up(at.statuses + shape.workers * sizeof(WorkerStatus));
  at.payloads = page_up(at.words + shape.slots * sizeof(std::uint64_t));
  at.rings = page_up(at.payloads + shape.slots * sizeof(SlotPayload));
  at.ring_stride = page_up(sizeof(LogRingHeader) + shape.ring_bytes);
  at.total = at.rings + shape.workers * at.ring_stride;
  return at;
}

}  // namespace wm
