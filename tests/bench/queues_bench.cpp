// What one operation on the shared queues costs without contention.

#include <benchmark/benchmark.h>

#include "common/segment/mapped_segment.h"

namespace {

using namespace wm;

void place_claim_finish_release(benchmark::State& state) {
  const MappedSegment segment = MappedSegment::create({.workers = 1, .slots = 64, .ring_bytes = 1 << 16});
  TaskQueue queue = segment.tasks();
  const Task task{.id = TaskId{1}, .input = "/photos/2026/11/IMG_0001.jpg", .output = "2026/11/IMG_0001.jpg"};
  std::uint64_t ticket = 0;
  while (state.KeepRunning()) {
    const auto slot = static_cast<SlotIndex>(ticket % 64);
    queue.place(slot, task, ++ticket);
    const auto claim = queue.claim(WorkerIndex{0});
    benchmark::DoNotOptimize(queue.task(*claim));
    queue.finish(*claim, {});
    benchmark::DoNotOptimize(queue.result(slot, ticket));
    queue.release(slot);
  }
}
BENCHMARK(place_claim_finish_release);

void append_and_read_a_log_record(benchmark::State& state) {
  const MappedSegment segment = MappedSegment::create({.workers = 1, .slots = 1, .ring_bytes = 1 << 18});
  LogRing ring = segment.log_ring(WorkerIndex{0});
  LogRecord record;
  std::uint64_t sequence = 0;
  while (state.KeepRunning()) {
    benchmark::DoNotOptimize(
        ring.append(++sequence, 0, LogLevel::info, 1, "decode: jpeg 1920x1280 3 bands, quality 85", 0));
    benchmark::DoNotOptimize(ring.read(record));
  }
}
BENCHMARK(append_and_read_a_log_record);

}  // namespace

BENCHMARK_MAIN();
