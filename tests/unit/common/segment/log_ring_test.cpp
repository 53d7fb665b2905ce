#include "common/segment/log_ring.h"

#include <cstring>
#include <string>
#include <thread>

#include "common/segment/mapped_segment.h"
#include "tests/support/catch.h"

namespace wm {
namespace {

constexpr std::uint32_t ring_bytes = 4096;

MappedSegment segment_with_ring() {
  return MappedSegment::create({.workers = 1, .slots = 1, .ring_bytes = ring_bytes});
}

TEST_CASE("a record comes out as it went in") {
  const MappedSegment segment = segment_with_ring();
  LogRing ring = segment.log_ring(WorkerIndex{0});
  REQUIRE(ring.append(7, 123'456'789, LogLevel::warning, 42, "hello\n\xff", 0));
  LogRecord record;
  REQUIRE(ring.read(record) == LogRing::ReadStatus::record);
  CHECK(record.sequence == 7);
  CHECK(record.time_ns == 123'456'789);
  CHECK(record.level == LogLevel::warning);
  CHECK(record.task == 42);
  CHECK(record.text == "hello\n\xff");
  CHECK(ring.read(record) == LogRing::ReadStatus::empty);
}

TEST_CASE("records survive the wrap of the ring, whatever their length") {
  const MappedSegment segment = segment_with_ring();
  LogRing ring = segment.log_ring(WorkerIndex{0});
  LogRecord record;
  for (std::uint64_t i = 1; i <= 2000; ++i) {
    const std::string text(i % 700, static_cast<char>('a' + i % 26));
    REQUIRE(ring.append(i, 0, LogLevel::info, 0, text, 0));
    REQUIRE(ring.read(record) == LogRing::ReadStatus::record);
    REQUIRE(record.sequence == i);
    REQUIRE(record.text == text);
  }
}

TEST_CASE("a full ring takes nothing and loses nothing") {
  const MappedSegment segment = segment_with_ring();
  LogRing ring = segment.log_ring(WorkerIndex{0});
  std::uint64_t written = 0;
  while (ring.append(written + 1, 0, LogLevel::info, 0, "a record", 0)) ++written;
  CHECK(written == ring_bytes / LogRing::bytes_for(8));
  LogRecord record;
  for (std::uint64_t i = 1; i <= written; ++i) {
    REQUIRE(ring.read(record) == LogRing::ReadStatus::record);
    CHECK(record.sequence == i);
  }
  CHECK(ring.empty());
}

TEST_CASE("a reserve stays free") {
  const MappedSegment segment = segment_with_ring();
  LogRing ring = segment.log_ring(WorkerIndex{0});
  while (ring.append(1, 0, LogLevel::info, 0, "a record", 400)) {
  }
  CHECK(ring.free_bytes() >= 400);
  CHECK(ring.append(1, 0, LogLevel::error, 0, "a record", 0));
}

TEST_CASE("garbage in the ring is skipped, never followed") {
  const MappedSegment segment = segment_with_ring();
  LogRing ring = segment.log_ring(WorkerIndex{0});
  auto* const bytes = reinterpret_cast<std::byte*>(&ring.header() + 1);
  LogRecord record;

  SECTION("a flipped byte of the text") {
    REQUIRE(ring.append(1, 0, LogLevel::info, 0, "text", 0));
    bytes[40] ^= std::byte{1};
  }
  SECTION("a length beyond the tail") {
    REQUIRE(ring.append(1, 0, LogLevel::info, 0, "text", 0));
    const std::uint32_t length = 8000;
    std::memcpy(bytes, &length, sizeof length);
  }
  SECTION("a tail that is further away than the ring is long") {
    ring.header().tail.store(1'000'000);
  }
  SECTION("a tail in the middle of a record") {
    REQUIRE(ring.append(1, 0, LogLevel::info, 0, "text", 0));
    ring.header().tail.store(8);
  }
  SECTION("a level that is none") {
    REQUIRE(ring.append(1, 0, LogLevel::info, 0, "text", 0));
    bytes[32] = std::byte{200};
  }
  CHECK(ring.read(record) == LogRing::ReadStatus::damaged);
  CHECK(ring.read(record) == LogRing::ReadStatus::empty);
}

TEST_CASE("a text that is too long is cut") {
  const MappedSegment segment = MappedSegment::create({.workers = 1, .slots = 1, .ring_bytes = 65536});
  LogRing ring = segment.log_ring(WorkerIndex{0});
  REQUIRE(ring.append(1, 0, LogLevel::info, 0, std::string(50'000, 'x'), 0));
  LogRecord record;
  REQUIRE(ring.read(record) == LogRing::ReadStatus::record);
  CHECK(record.text.size() == max_log_text);
}

TEST_CASE("a producer and a consumer run side by side without loss") {
  constexpr std::uint64_t records = 50'000;
  const MappedSegment segment = segment_with_ring();
  std::thread producer([&] {
    LogRing ring = segment.log_ring(WorkerIndex{0});
    for (std::uint64_t i = 1; i <= records;) {
      if (ring.append(i, 0, LogLevel::info, i, "record " + std::to_string(i), 0)) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  LogRing ring = segment.log_ring(WorkerIndex{0});
  LogRecord record;
  std::uint64_t wrong = 0;
  for (std::uint64_t expected = 1; expected <= records;) {
    if (ring.read(record) != LogRing::ReadStatus::record) continue;
    if (record.sequence != expected || record.text != "record " + std::to_string(expected)) ++wrong;
    ++expected;
  }
  producer.join();
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace wm
