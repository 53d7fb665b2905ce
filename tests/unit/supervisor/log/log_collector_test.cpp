#include "supervisor/log/log_collector.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_until.h"
#include "worker/log/lane_logger.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

struct Fixture {
  explicit Fixture(unsigned workers = 2, std::uint32_t lane_bytes = 65536)
      : segment(MappedSegment::create({.workers = workers, .slots = 1, .lane_bytes = lane_bytes})) {
    for (unsigned i = 0; i < workers; ++i) space.push_back(EventFd::create(EventFd::Kind::counter));
    settings.file = dir.path() + "/log";
    settings.level = LogLevel::debug;
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    lifeline_read = UniqueFd(ends[0]);
    lifeline_write = UniqueFd(ends[1]);
  }
  LaneLogger logger(unsigned worker) {
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

std::vector<WorkerIndex> wait_for_retired(LogCollector& collector) {
  std::vector<WorkerIndex> retired;
  static_cast<void>(test::wait_until([&] { return !(retired = collector.take_retired()).empty(); }));
  return retired;
}

TEST_CASE("records of all workers and of the supervisor reach the file in the order of time") {
  Fixture f;
  LogCollector collector(f.segment, f.settings, {f.log, f.space});
  collector.open_file();
  std::vector<std::thread> workers;
  for (unsigned w = 0; w < 2; ++w) {
    workers.emplace_back([&, w] {
      LaneLogger logger = f.logger(w);
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
  // Each source in its own order without a gap; all of them in the order of time, as far as the scheduler
  // lets a record be published when it is timed.
  std::map<std::string, int> next;
  std::size_t misplaced = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string source = lines[i].substr(26, 10);
    CHECK(lines[i].ends_with(" " + std::to_string(next[source]++)));
    if (i > 0 && lines[i - 1].substr(0, 23) > lines[i].substr(0, 23)) ++misplaced;
  }
  CHECK(misplaced < lines.size() / 100);
}

TEST_CASE("a flood of DEBUG is dropped and counted, INFO is never lost") {
  Fixture f(1, 4096);
  constexpr int rounds = 3000;
  LogCollector collector(f.segment, f.settings, {f.log, f.space});
  collector.open_file();
  LaneLogger logger = f.logger(0);
  for (int i = 0; i < rounds; ++i) {
    for (int k = 0; k < 10; ++k) logger.log(LogLevel::debug, "flood flood flood flood flood");
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
  CHECK(flood + collector.counts().dropped == 10 * rounds);
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

TEST_CASE("a pipe without writers is read to its end, though the disk takes no lines and time has passed") {
  Fixture f;
  f.settings.level = LogLevel::info;
  LogCollector collector(f.segment, f.settings, {f.log, f.space});  // no file yet: it keeps everything
  const std::string filler(1000, 'x');
  while (!collector.congested()) {
    for (int i = 0; i < 1000; ++i) collector.log(LogLevel::info, filler);
    std::this_thread::sleep_for(20ms);
  }
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

TEST_CASE("a pipe knows when nobody can write into it any more, before it is read") {
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

TEST_CASE("whoever holds a dead worker's pipe open is heard out while it prints, but not for ever") {
  OutputPatience::Clock::time_point now(1h);
  OutputPatience patience(now);
  CHECK_FALSE(patience.is_over(now += 499ms));
  CHECK(patience.is_over(now + 1ms));
  patience.heard(now);
  CHECK_FALSE(patience.is_over(now + 499ms));
  CHECK(patience.is_over(now + 500ms));
  const auto end = OutputPatience::Clock::time_point(1h) + OutputPatience::longest;
  for (; now < end; now += 100ms) {
    CHECK_FALSE(patience.is_over(now));
    patience.heard(now);
  }
  patience.heard(end);
  CHECK(patience.is_over(end));
}

TEST_CASE("a gap in a lane's sequence is said") {
  Fixture f;
  LogCollector collector(f.segment, f.settings, {f.log, f.space});
  collector.open_file();
  LogLane lane = f.segment.lane(WorkerIndex{0});
  REQUIRE(lane.append(1, log_clock_ns(), LogLevel::info, 0, "one", 0));
  REQUIRE(lane.append(4, log_clock_ns(), LogLevel::info, 0, "four", 0));
  collector.stop();
  std::string all;
  for (const std::string& line : f.lines()) all += line + "\n";
  CHECK(all.find("CRITICAL | log records 2 to 3 are missing") != std::string::npos);
}

TEST_CASE("a worker blocked on a full lane goes on when the disk takes lines again, or its supervisor dies") {
  Fixture f(1, 4096);
  LaneLogger logger = f.logger(0);
  f.lifeline_write.reset();  // nobody will ever read
  for (int i = 0; i < 200; ++i) logger.log(LogLevel::info, "more than the lane holds");
  SUCCEED("did not hang");
}

}  // namespace
}  // namespace wm
