#include "supervisor/log/log_collector.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "common/os/realtime.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_until.h"
#include "worker/log/ring_logger.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

struct Fixture {
  explicit Fixture(unsigned workers = 2, std::uint32_t ring_bytes = 65536)
      : segment(MappedSegment::create({.workers = workers, .slots = 1, .ring_bytes = ring_bytes})) {
    for (unsigned i = 0; i < workers; ++i) space.push_back(EventFd::create(EventFd::Kind::counter));
    settings.file = dir.path() + "/log";
    settings.level = LogLevel::debug;
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    lifeline_read = UniqueFd(ends[0]);
    lifeline_write = UniqueFd(ends[1]);
  }
  RingLogger logger(unsigned worker) {
    return {segment,
            static_cast<WorkerIndex>(worker),
            LogLevel::debug,
            {log.fd(), space[worker].fd(), lifeline_read.get()}};
  }
  std::vector<std::string> lines() const {
    std::ifstream file(settings.file);
    std::vector<std::string> all;
    for (std::string line; std::getline(file, line);) all.push_back(line);
    return all;
  }

  TempDir dir;
  MappedSegment segment;
  EventFd log = EventFd::create(EventFd::Kind::counter);
  std::vector<EventFd> space;
  UniqueFd lifeline_read, lifeline_write;
  LogSettings settings;
};

constexpr OutputQuota::Limits without_quota{.lines = 1e9, .bytes = 1e12};

std::vector<WorkerIndex> wait_for_retired(LogCollector& collector) {
  std::vector<WorkerIndex> retired;
  CHECK(test::wait_until([&] {
    retired = collector.take_retired();
    return !retired.empty();
  }));
  return retired;
}

/// Logs until so much waits for the disk that nothing should be added. The file must not be open.
void congest(LogCollector& collector) {
  // Enough for the file, and too little for its own queue: the collector stays congested once it is.
  const std::string filler(1000, 'x');
  for (int i = 0; i < 5000; ++i) collector.log(LogLevel::info, filler);
  REQUIRE(test::wait_until([&] { return collector.congested(); }));
}

TEST_CASE("records of all workers and of the supervisor reach the file, each source's in its own order") {
  Fixture f;
  LogCollector collector(f.segment, f.settings, {f.log, f.space});
  collector.open_file();
  std::vector<std::thread> workers;
  for (unsigned w = 0; w < 2; ++w) {
    workers.emplace_back([&, w] {
      RingLogger logger = f.logger(w);
      for (int i = 0; i < 2000; ++i) logger.log(LogLevel::info, "record " + std::to_string(i));
    });
  }
  for (int i = 0; i < 2000; ++i) collector.log(LogLevel::info, "own " + std::to_string(i));
  for (std::thread& worker : workers) worker.join();
  collector.stop();

  const auto lines = f.lines();
  CHECK(lines.size() == 6000);
  CHECK(collector.counts().written == 6000);
  CHECK(collector.counts().dropped == 0);
  std::map<std::string, int> next;
  for (const std::string& line : lines) {
    const std::string source = line.substr(26, 10);
    CHECK(line.ends_with(" " + std::to_string(next[source]++)));
  }
}

TEST_CASE("records that were published before a turn of the collector are in the order of time") {
  Fixture f;
  constexpr int count = 200;
  const std::int64_t begin = realtime_ns();
  for (const unsigned worker : {1U, 0U}) {  // by turns, a millisecond apart
    LogRing ring = f.segment.log_ring(static_cast<WorkerIndex>(worker));
    for (unsigned i = 0; i < count / 2; ++i) {
      const unsigned position = 2 * i + worker;
      REQUIRE(
          ring.append(i + 1, begin + position * 1'000'000, LogLevel::info, 0, std::to_string(position), 0));
    }
  }
  LogCollector collector(f.segment, f.settings, {f.log, f.space});
  collector.open_file();
  collector.stop();
  const auto lines = f.lines();
  REQUIRE(lines.size() == count);
  for (std::size_t i = 0; i < lines.size(); ++i) CHECK(lines[i].ends_with("| " + std::to_string(i)));
}

TEST_CASE("a flood of DEBUG is dropped and counted, INFO is never lost") {
  Fixture f(1, 4096);
  constexpr int rounds = 1000;
  RingLogger logger = f.logger(0);
  const auto flood_it = [&](int records) {
    for (int i = 0; i < records; ++i) logger.log(LogLevel::debug, "flood flood flood flood flood");
  };
  flood_it(1000);  // nobody reads yet, and the ring has no room for so many
  LogCollector collector(f.segment, f.settings, {f.log, f.space});
  collector.open_file();
  for (int i = 0; i < rounds; ++i) {
    flood_it(10);
    logger.log(LogLevel::info, "kept");
  }
  collector.stop();
  std::uint64_t kept = 0;
  std::uint64_t flood = 0;
  for (const std::string& line : f.lines()) {
    if (line.find("| kept") != std::string::npos) ++kept;
    if (line.find("| flood") != std::string::npos) ++flood;
  }
  CHECK(kept == rounds);
  CHECK(collector.counts().dropped > 0);
  CHECK(flood + collector.counts().dropped == 1000 + 10 * rounds);
}

TEST_CASE("a dead worker's last records and words are read before its place is given away") {
  Fixture f;
  LogCollector collector(f.segment, f.settings, {f.log, f.space});
  collector.open_file();
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  REQUIRE(::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
  collector.adopt(WorkerIndex{1}, UniqueFd(ends[0]));
  {
    const UniqueFd writer(ends[1]);
    REQUIRE(::write(writer.get(), "terminate called\nno newline", 27) == 27);
    f.logger(1).log(LogLevel::info, "dying words");
  }
  collector.retire(WorkerIndex{1});
  CHECK(wait_for_retired(collector) == std::vector<WorkerIndex>{WorkerIndex{1}});
  CHECK(collector.last_words(WorkerIndex{1}) == "terminate called\nno newline");
  collector.stop();
  std::string all;
  for (const std::string& line : f.lines()) all += line.substr(26) + "\n";
  CHECK(all.find("worker-02  | INFO     | dying words\n") != std::string::npos);
  CHECK(all.find("worker-02  | WARNING  | terminate called\n") != std::string::npos);
  CHECK(all.find("worker-02  | WARNING  | no newline\n") != std::string::npos);
}

TEST_CASE("output that a grandchild holds open does not keep a place for ever") {
  Fixture f;
  LogCollector collector(f.segment, f.settings, {f.log, f.space});
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  REQUIRE(::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
  const UniqueFd held_open(ends[1]);
  collector.adopt(WorkerIndex{0}, UniqueFd(ends[0]));
  collector.retire(WorkerIndex{0});
  CHECK(wait_for_retired(collector) == std::vector<WorkerIndex>{WorkerIndex{0}});
}

TEST_CASE(
    "a pipe without writers is read to its end, though the disk takes no lines and all limits are passed") {
  Fixture f;
  f.settings.level = LogLevel::info;
  // No file yet: it keeps everything.
  LogCollector collector(f.segment, f.settings, {f.log, f.space}, {.quiet = 0ms, .longest = 0ms, .bytes = 0},
                         without_quota);
  congest(collector);
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  REQUIRE(::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
  UniqueFd writer(ends[1]);
  constexpr int lines = 8000;  // more than is read at a time
  REQUIRE(::fcntl(writer.get(), F_SETPIPE_SZ, 1 << 20) >= 80 * lines);
  std::string output;
  for (int i = 0; i < lines; ++i) output += "line " + std::string(70, 'y') + std::to_string(i % 10) + "\n";
  REQUIRE(::write(writer.get(), output.data(), output.size()) == static_cast<ssize_t>(output.size()));
  writer.reset();
  collector.adopt(WorkerIndex{0}, UniqueFd(ends[0]));
  collector.retire(WorkerIndex{0});
  CHECK(wait_for_retired(collector) == std::vector<WorkerIndex>{WorkerIndex{0}});
  collector.open_file();
  collector.stop();
  int found = 0;
  for (const std::string& line : f.lines())
    found += line.find("worker-01  | WARNING  | line yyy") != std::string::npos ? 1 : 0;
  CHECK(found == lines);
}

TEST_CASE("a grandchild that prints without end does not fill the log") {
  const bool disk_is_full = GENERATE(false, true);
  CAPTURE(disk_is_full);
  constexpr std::size_t at_once = 65536;  // a pipe holds so much, and so much is read at a time
  const std::string line = std::string(63, 'y') + "\n";
  Fixture f;
  f.settings.level = LogLevel::info;
  const OutputPatience::Limits limits;
  LogCollector collector(f.segment, f.settings, {f.log, f.space}, {}, without_quota);
  if (disk_is_full) {
    congest(collector);
  } else {
    collector.open_file();
  }
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  REQUIRE(::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
  UniqueFd writer(ends[1]);
  for (std::size_t i = 0; i < at_once / line.size(); ++i) {
    REQUIRE(::write(writer.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()));
  }
  collector.adopt(WorkerIndex{0}, UniqueFd(ends[0]));
  collector.retire(WorkerIndex{0});
  ::signal(SIGPIPE, SIG_IGN);
  std::thread grandchild([&] {
    while (::write(writer.get(), line.data(), line.size()) > 0) {
    }
  });
  // Its end is that nobody reads any more.
  grandchild.join();
  CHECK(wait_for_retired(collector) == std::vector<WorkerIndex>{WorkerIndex{0}});
  if (disk_is_full) collector.open_file();
  collector.stop();
  std::size_t bytes = 0;
  for (const std::string& logged : f.lines())
    bytes += logged.find("worker-01  | WARNING  | yyy") != std::string::npos ? line.size() : 0;
  CHECK(bytes >= at_once);
  CHECK(bytes <= (disk_is_full ? at_once : limits.bytes + 2 * at_once));
}

TEST_CASE("a worker that logs without end fills no log, and may say more with each file") {
  Fixture f(2, 1 << 20);
  const OutputQuota::Limits quota{.lines = 1000, .bytes = 1e6, .lines_per_second = 0, .bytes_per_second = 0};
  LogCollector collector(f.segment, f.settings, {f.log, f.space}, {}, {}, quota);
  collector.open_file();
  RingLogger loud = f.logger(0);
  RingLogger quiet = f.logger(1);
  const auto flood = [&] {
    for (int i = 0; i < 5000; ++i) loud.log(LogLevel::info, "flood");
    quiet.log(LogLevel::info, "a word");
    CHECK(test::wait_until([&] { return f.segment.log_ring(WorkerIndex{0}).empty(); }));
  };
  flood();
  collector.note_file_end(WorkerIndex{0});
  flood();
  collector.stop();
  std::size_t floods = 0;
  std::size_t words = 0;
  for (const std::string& line : f.lines()) {
    if (line.find("| flood") != std::string::npos) ++floods;
    if (line.find("| a word") != std::string::npos) ++words;
    CHECK(line.find("missing") == std::string::npos);
  }
  CHECK(floods == 1000 + static_cast<std::size_t>(LogCollector::records_per_file));
  CHECK(words == 2);
  CHECK(collector.counts().dropped == 2 * 5000 - floods);
}

TEST_CASE("a worker that prints without end is read, fills no log, and what it said last is known") {
  Fixture f;
  f.settings.level = LogLevel::info;
  const OutputQuota::Limits quota{.lines = 100, .bytes = 1e6, .lines_per_second = 0, .bytes_per_second = 0};
  LogCollector collector(f.segment, f.settings, {f.log, f.space}, {}, quota);
  collector.open_file();
  constexpr int lines = 5000;
  for (int life = 0; life < 2; ++life) {  // a new life brings no new quota
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    REQUIRE(::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
    UniqueFd writer(ends[1]);
    collector.adopt(WorkerIndex{0}, UniqueFd(ends[0]));
    for (int i = 0; i < lines; ++i) {  // more than a pipe holds
      const std::string line = "complaint " + std::string(60, 'z') + " " + std::to_string(i) + "\n";
      REQUIRE(::write(writer.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()));
    }
    writer.reset();
    collector.retire(WorkerIndex{0});
    CHECK(wait_for_retired(collector) == std::vector<WorkerIndex>{WorkerIndex{0}});
    CHECK(collector.last_words(WorkerIndex{0}).ends_with(" " + std::to_string(lines - 1)));
  }
  collector.stop();
  std::size_t kept = 0;
  std::uint64_t dropped = 0;
  for (const std::string& line : f.lines()) {
    if (line.find("| complaint z") != std::string::npos) ++kept;
    const std::size_t end = line.find(" lines of worker output dropped");
    if (end == std::string::npos) continue;
    const std::size_t begin = line.rfind("| ", end) + 2;
    CHECK(line.find("worker-01") != std::string::npos);
    dropped += std::stoull(line.substr(begin, end - begin));
  }
  CHECK(kept == 100);
  CHECK(dropped == 2 * lines - 100);
  CHECK(collector.counts().dropped == dropped);
}

TEST_CASE("what a worker may print is bounded at once and per second, in lines and in bytes") {
  const OutputQuota::Limits limits{.lines = 3, .bytes = 100, .lines_per_second = 1, .bytes_per_second = 10};
  OutputQuota quota(limits);
  OutputQuota::Clock::time_point now(1h);
  for (int i = 0; i < 3; ++i) CHECK(quota.admit(now, 10));
  CHECK_FALSE(quota.admit(now, 0));
  CHECK(quota.take_dropped(now, false) == 1);  // the first time at once
  CHECK(quota.take_dropped(now, true) == 0);
  now += 1s;
  CHECK(quota.admit(now, 80));  // 70 left, and 10 more
  CHECK_FALSE(quota.admit(now, 0));
  now += 2s;
  CHECK_FALSE(quota.admit(now, 21));
  CHECK(quota.admit(now, 20));
  CHECK(quota.take_dropped(now, false) == 0);  // not yet
  CHECK(quota.take_dropped(now + OutputQuota::report_interval, false) == 2);
  now += 1h;  // what is not used is not saved up
  CHECK_FALSE(quota.admit(now, 101));
  for (int i = 0; i < 3; ++i) CHECK(quota.admit(now, 30));
  CHECK_FALSE(quota.admit(now, 1));
}

TEST_CASE("when the job ends a grandchild that prints is not heard out") {
  Fixture f;
  LogCollector collector(f.segment, f.settings, {f.log, f.space}, {.longest = 24h, .bytes = SIZE_MAX});
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  REQUIRE(::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
  const UniqueFd writer(ends[1]);
  collector.adopt(WorkerIndex{0}, UniqueFd(ends[0]));
  collector.retire(WorkerIndex{0});
  ::signal(SIGPIPE, SIG_IGN);
  std::atomic<bool> ended{false};
  std::thread grandchild([&] {
    while (!ended && ::write(writer.get(), "\n", 1) > 0) std::this_thread::sleep_for(1ms);
  });
  collector.shorten_patience();
  CHECK(wait_for_retired(collector) == std::vector<WorkerIndex>{WorkerIndex{0}});
  ended = true;
  grandchild.join();
}

TEST_CASE("at the end the collector sleeps while it waits for a grandchild") {
  Fixture f;
  LogCollector collector(f.segment, f.settings, {f.log, f.space});
  collector.open_file();
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  REQUIRE(::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
  const UniqueFd held_open(ends[1]);
  collector.adopt(WorkerIndex{0}, UniqueFd(ends[0]));
  collector.retire(WorkerIndex{0});
  const auto sleeps = [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_nvcsw;  // how often a thread gave up the CPU by itself
  };
  const auto before = sleeps();
  collector.stop();  // one sleep of this thread
  CHECK(sleeps() - before >= 4);
  CHECK(collector.take_retired() == std::vector<WorkerIndex>{WorkerIndex{0}});
}

TEST_CASE("a pipe without writers is recognised before it is read") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
  OutputPipe pipe{UniqueFd(ends[0])};
  UniqueFd writer(ends[1]);
  std::vector<std::string> lines;
  const auto on_line = [&](std::string_view line) { lines.emplace_back(line); };
  CHECK_FALSE(pipe.read(on_line));
  CHECK_FALSE(pipe.has_no_writer());
  REQUIRE(::write(writer.get(), "last\n", 5) == 5);
  CHECK_FALSE(pipe.has_no_writer());
  writer.reset();
  CHECK(pipe.has_no_writer());
  CHECK_FALSE(pipe.at_end());
  CHECK(pipe.read(on_line));
  CHECK(pipe.at_end());
  CHECK(pipe.has_no_writer());
  CHECK_FALSE(pipe.read(on_line));
  CHECK(lines == std::vector<std::string>{"last"});
}

TEST_CASE("a process that holds a dead worker's pipe open is read while it prints, but not forever") {
  OutputPatience::Clock::time_point now(1h);
  const OutputPatience::Limits limits;
  CHECK(limits.quiet == 500ms);
  OutputPatience patience(now);
  CHECK_FALSE(patience.is_over(now += 499ms, limits));
  CHECK(patience.is_over(now + 1ms, limits));
  patience.heard(now, 1);
  CHECK_FALSE(patience.is_over(now + 499ms, limits));
  CHECK(patience.is_over(now + 500ms, limits));
  const auto end = OutputPatience::Clock::time_point(1h) + limits.longest;
  for (; now < end; now += 100ms) {
    CHECK_FALSE(patience.is_over(now, limits));
    patience.heard(now, 1);
  }
  patience.heard(end, 1);
  CHECK(patience.is_over(end, limits));
}

TEST_CASE("a process that holds a dead worker's pipe open is given up when it prints very much") {
  const OutputPatience::Clock::time_point now(1h);
  const OutputPatience::Limits limits;
  OutputPatience patience(now);
  patience.heard(now, limits.bytes - 1);
  CHECK_FALSE(patience.is_over(now, limits));
  patience.heard(now, 1);
  CHECK(patience.is_over(now, limits));
}

TEST_CASE("a gap in a ring's sequence is said") {
  Fixture f;
  LogCollector collector(f.segment, f.settings, {f.log, f.space});
  collector.open_file();
  LogRing ring = f.segment.log_ring(WorkerIndex{0});
  REQUIRE(ring.append(1, realtime_ns(), LogLevel::info, 0, "one", 0));
  REQUIRE(ring.append(4, realtime_ns(), LogLevel::info, 0, "four", 0));
  collector.stop();
  std::string all;
  for (const std::string& line : f.lines()) all += line + "\n";
  CHECK(all.find("CRITICAL | log records 2 to 3 are missing") != std::string::npos);
}

TEST_CASE("a worker blocked on a full ring continues when the ring is read, and loses nothing") {
  Fixture f(1, 4096);
  std::thread worker([&] {
    RingLogger logger = f.logger(0);
    for (int i = 0; i < 200; ++i) logger.log(LogLevel::info, "more than the ring holds");
  });
  CHECK(test::wait_until([&] { return f.segment.log_ring(WorkerIndex{0}).is_blocked(); }));
  LogCollector collector(f.segment, f.settings, {f.log, f.space});
  collector.open_file();
  worker.join();
  collector.stop();
  CHECK(f.lines().size() == 200);
  CHECK(collector.counts().dropped == 0);
}

TEST_CASE("a worker blocked on a full ring continues when its supervisor dies") {
  Fixture f(1, 4096);
  std::atomic<int> logged = 0;
  std::thread worker([&] {
    RingLogger logger = f.logger(0);
    for (int i = 0; i < 200; ++i, ++logged) logger.log(LogLevel::info, "more than the ring holds");
  });
  CHECK(test::wait_until([&] { return f.segment.log_ring(WorkerIndex{0}).is_blocked(); }));
  CHECK(logged < 200);
  f.lifeline_write.reset();  // nobody will ever read
  worker.join();
  CHECK(logged == 200);
}

}  // namespace
}  // namespace wm
