#include "common/segment/log_lane.h"

#include <cstring>
#include <string>
#include <thread>

#include "common/segment/mapped_segment.h"
#include "tests/support/catch.h"

namespace wm {
namespace {

constexpr std::uint32_t lane_bytes = 4096;

MappedSegment make_segment() {
  return MappedSegment::create({.workers = 1, .slots = 1, .lane_bytes = lane_bytes});
}

TEST_CASE("a record comes out as it went in") {
  const MappedSegment segment = make_segment();
  LogLane lane = segment.lane(WorkerIndex{0});
  REQUIRE(lane.append(7, 123'456'789, LogLevel::warning, 42, "hello\n\xff", 0));
  LogRecord record;
  REQUIRE(lane.read(record) == LogLane::ReadStatus::record);
  CHECK(record.sequence == 7);
  CHECK(record.time_ns == 123'456'789);
  CHECK(record.level == LogLevel::warning);
  CHECK(record.task == 42);
  CHECK(record.text == "hello\n\xff");
  CHECK(lane.read(record) == LogLane::ReadStatus::empty);
}

TEST_CASE("records survive the wrap of the ring, whatever their length") {
  const MappedSegment segment = make_segment();
  LogLane lane = segment.lane(WorkerIndex{0});
  LogRecord record;
  for (std::uint64_t i = 1; i <= 2000; ++i) {
    const std::string text(i % 700, static_cast<char>('a' + i % 26));
    REQUIRE(lane.append(i, 0, LogLevel::info, 0, text, 0));
    REQUIRE(lane.read(record) == LogLane::ReadStatus::record);
    REQUIRE(record.sequence == i);
    REQUIRE(record.text == text);
  }
}

TEST_CASE("a full lane takes nothing and loses nothing") {
  const MappedSegment segment = make_segment();
  LogLane lane = segment.lane(WorkerIndex{0});
  std::uint64_t written = 0;
  while (lane.append(written + 1, 0, LogLevel::info, 0, "a record", 0)) ++written;
  CHECK(written == lane_bytes / LogLane::bytes_for(8));
  LogRecord record;
  for (std::uint64_t i = 1; i <= written; ++i) {
    REQUIRE(lane.read(record) == LogLane::ReadStatus::record);
    CHECK(record.sequence == i);
  }
  CHECK(lane.empty());
}

TEST_CASE("a reserve stays free") {
  const MappedSegment segment = make_segment();
  LogLane lane = segment.lane(WorkerIndex{0});
  while (lane.append(1, 0, LogLevel::info, 0, "a record", 400)) {
  }
  CHECK(lane.free_bytes() >= 400);
  CHECK(lane.append(1, 0, LogLevel::error, 0, "a record", 0));
}

TEST_CASE("garbage in the lane is skipped, never followed") {
  const MappedSegment segment = make_segment();
  LogLane lane = segment.lane(WorkerIndex{0});
  auto* const ring = reinterpret_cast<std::byte*>(&lane.header() + 1);
  LogRecord record;

  SECTION("a flipped byte of the text") {
    REQUIRE(lane.append(1, 0, LogLevel::info, 0, "text", 0));
    ring[40] ^= std::byte{1};
  }
  SECTION("a length beyond the tail") {
    REQUIRE(lane.append(1, 0, LogLevel::info, 0, "text", 0));
    const std::uint32_t length = 8000;
    std::memcpy(ring, &length, sizeof length);
  }
  SECTION("a tail that is further away than the ring is long") {
    lane.header().tail.store(1'000'000);
  }
  SECTION("a tail in the middle of a record") {
    REQUIRE(lane.append(1, 0, LogLevel::info, 0, "text", 0));
    lane.header().tail.store(8);
  }
  SECTION("a level that is none") {
    REQUIRE(lane.append(1, 0, LogLevel::info, 0, "text", 0));
    ring[32] = std::byte{200};
  }
  CHECK(lane.read(record) == LogLane::ReadStatus::damaged);
  CHECK(lane.read(record) == LogLane::ReadStatus::empty);
}

TEST_CASE("a text that is too long is cut") {
  const MappedSegment segment = MappedSegment::create({.workers = 1, .slots = 1, .lane_bytes = 65536});
  LogLane lane = segment.lane(WorkerIndex{0});
  REQUIRE(lane.append(1, 0, LogLevel::info, 0, std::string(50'000, 'x'), 0));
  LogRecord record;
  REQUIRE(lane.read(record) == LogLane::ReadStatus::record);
  CHECK(record.text.size() == max_log_text);
}

TEST_CASE("a producer and a consumer run side by side without loss") {
  constexpr std::uint64_t records = 50'000;
  const MappedSegment segment = make_segment();
  std::thread producer([&] {
    LogLane lane = segment.lane(WorkerIndex{0});
    for (std::uint64_t i = 1; i <= records;) {
      if (lane.append(i, 0, LogLevel::info, i, "record " + std::to_string(i), 0)) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  LogLane lane = segment.lane(WorkerIndex{0});
  LogRecord record;
  std::uint64_t wrong = 0;
  for (std::uint64_t expected = 1; expected <= records;) {
    if (lane.read(record) != LogLane::ReadStatus::record) continue;
    if (record.sequence != expected || record.text != "record " + std::to_string(expected)) ++wrong;
    ++expected;
  }
  producer.join();
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace wm
