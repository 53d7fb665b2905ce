#include "supervisor/log/log_file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "supervisor/log/log_format.h"
#include "supervisor/log/log_place.h"
#include "supervisor/text/usage_error.h"
#include "tests/support/catch.h"
#include "tests/support/pipe_as_stderr.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

/// No file may become larger: like a disk that takes only the beginning of a write.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
};

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// As the log has it: 60 bytes with a message of one letter.
std::string line(const std::string& message, LogFormat format = LogFormat::text) {
  std::string text;
  LogFormatter(format).append(text, log_event(std::nullopt, LogLevel::info, message));
  return text;
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

TEST_CASE("lines are kept until the file is open, and follow what is in it") {
  const TempDir dir;
  const std::string path = dir.path() + "/log";
  const std::string old = line("old");
  write_file(path, old);
  LogFile file(std::nullopt);
  file.append("one\n");
  file.flush(LogFile::Clock::now());
  CHECK(file.backlog() == 4);
  file.open(path);
  file.append("two\n");
  file.flush(LogFile::Clock::now());
  CHECK(contents(path) == old + "one\ntwo\n");
}

TEST_CASE("a run that has lost its job changes no log, wherever it is") {
  const TempDir dir;
  const JobDirectory job = JobDirectory::create(dir.path() + "/job");
  const std::string path = dir.path() + GENERATE("/job/log", "/log");
  CAPTURE(path);
  JobDirectory own = job;
  bool is_lost = false;
  own.ask_before_changes([&](std::chrono::nanoseconds) {
    if (is_lost) throw OwnershipLost("it is another one's");
  });
  LogFile file(LogRotation{.bytes = 4, .files = 1});
  file.open(LogPlace(path, own));
  file.append("one\n");
  file.flush(LogFile::Clock::now());
  is_lost = true;
  file.append("two\n");
  file.flush(LogFile::Clock::now());
  CHECK(file.take_lost() == 1);
  CHECK(contents(path) == "one\n");
  CHECK_FALSE(std::filesystem::exists(path + ".1"));
}

TEST_CASE(
    "what an earlier owner still writes into a log of the job directory does not get into the new one") {
  const TempDir dir;
  const JobDirectory job = JobDirectory::create(dir.path() + "/job");
  const bool is_in_job = GENERATE(true, false);
  CAPTURE(is_in_job);
  const LogPlace place(dir.path() + (is_in_job ? "/job/log" : "/log"), job);
  LogPlace(place).renew();  // there is none yet
  CHECK_FALSE(std::filesystem::exists(place.path()));
  LogFile earlier(std::nullopt);
  earlier.open(place);
  const std::string one = line("one");
  earlier.append(one);
  earlier.flush(LogFile::Clock::now());
  place.renew();
  LogFile own(std::nullopt);
  own.open(place);
  earlier.append("late\n");
  earlier.flush(LogFile::Clock::now());
  own.append("two\n");
  own.flush(LogFile::Clock::now());
  CHECK(contents(place.path()) == one + (is_in_job ? "two\n" : "late\ntwo\n"));
  CHECK_FALSE(std::filesystem::exists(place.path() + ".tmp"));
}

TEST_CASE("rotation keeps every line and so many old files") {
  const TempDir dir;
  const std::string path = dir.path() + "/log";
  std::vector<std::string> lines;
  for (int i = 0; i < 6; ++i) lines.push_back(line(std::to_string(i)));
  LogFile file(LogRotation{.bytes = 2 * lines[0].size() + 10, .files = 2});
  file.open(path);
  for (const std::string& one : lines) file.append(one);
  file.flush(LogFile::Clock::now());
  CHECK(contents(path) == lines[4] + lines[5]);
  CHECK(contents(path + ".1") == lines[2] + lines[3]);
  CHECK(contents(path + ".2") == lines[0] + lines[1]);
  const std::string long_line = line(std::string(500, 'x'));  // longer than a file may be
  file.append(long_line);
  file.flush(LogFile::Clock::now());
  CHECK(contents(path) == long_line);
  CHECK(contents(path + ".2") == lines[2] + lines[3]);
  CHECK_FALSE(std::filesystem::exists(path + ".3"));
  CHECK(file.rotation_problem().empty());
}

TEST_CASE("what is no log is not taken for the log, and an empty file or a log of any format is") {
  const TempDir dir;
  const std::string path = dir.path() + "/log";
  for (const std::string& text :
       {std::string("\xff\xd8\xff\xe0"), std::string("a.jpg\nb.jpg\n"),
        std::string("2025-11-23 20:42:11,123 | x"), std::string("2025-11-23"), std::string(100, '\0')}) {
    CAPTURE(text);
    write_file(path, text);
    CHECK_THROWS_AS(LogPlace(path).check(), UsageError);
    CHECK_THROWS_AS(LogPlace(path).open(), UsageError);
    CHECK(contents(path) == text);
  }
  for (const std::string& text : {std::string(), line("m"), line("m", LogFormat::json)}) {
    CAPTURE(text);
    write_file(path, text);
    CHECK_NOTHROW(LogPlace(path).check());
    CHECK(LogPlace(path).open().can_rotate);
  }
}

TEST_CASE("in the job directory the log goes on, whatever is in it") {
  const TempDir dir;
  const JobDirectory job = JobDirectory::create(dir.path() + "/job");
  const std::string path = dir.path() + "/job/log";
  write_file(path, std::string(100, '\0'));
  LogFile file(std::nullopt);
  file.open(LogPlace(path, job));
  file.append("one\n");
  file.flush(LogFile::Clock::now());
  CHECK(contents(path) == std::string(100, '\0') + "one\n");
}

TEST_CASE("rotation replaces nothing but logs: the file grows until the name is free") {
  const TempDir dir;
  const std::string path = dir.path() + "/log";
  const std::string in_the_way = path + GENERATE(".1", ".2");
  LogFile file(LogRotation{.bytes = 4, .files = 2});
  file.open(path);
  file.append("one\n");
  auto now = LogFile::Clock::now();
  file.flush(now);
  const bool is_link = GENERATE(true, false);
  CAPTURE(in_the_way, is_link);
  write_file(dir.path() + "/own", "mine");
  is_link ? std::filesystem::create_symlink("own", in_the_way)
          : std::filesystem::rename(dir.path() + "/own", in_the_way);
  CHECK_THROWS_AS(LogPlace(path).check_old_files(2), UsageError);
  CHECK_NOTHROW(LogPlace(path).check_old_files(0));
  file.append("two\nthree\n");
  file.flush(now += std::chrono::hours(1));
  CHECK(contents(path) == "one\ntwo\nthree\n");
  CHECK(contents(in_the_way) == "mine");
  CHECK(std::filesystem::is_symlink(in_the_way) == is_link);
  CHECK(file.problem().empty());
  CHECK(file.rotation_problem().find(in_the_way + " holds something else") == 0);

  std::filesystem::remove(in_the_way);
  file.append("four\n");
  file.flush(now += std::chrono::hours(1));
  CHECK(contents(path) == "four\n");
  CHECK(contents(path + ".1") == "one\ntwo\nthree\n");
  CHECK(file.rotation_problem().empty());
}

TEST_CASE("a FIFO is not rotated") {
  const TempDir dir;
  const std::string path = dir.path() + "/log";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const UniqueFd reader(::open(path.c_str(), O_RDONLY | O_NONBLOCK));
  REQUIRE(reader);
  LogFile file(LogRotation{.bytes = 4, .files = 1});
  file.open(path);
  file.append("one\ntwo\nthree\n");
  file.flush(LogFile::Clock::now());
  CHECK(file.backlog() == 0);
  CHECK(std::filesystem::is_fifo(path));
  CHECK_FALSE(std::filesystem::exists(path + ".1"));
}

TEST_CASE("a full disk keeps the lines and is asked again a second later") {
  const TempDir dir;
  LogFile file(std::nullopt);
  file.open(std::string("/dev/full"));
  const auto now = LogFile::Clock::now();
  file.append("one\ntwo\n");
  file.flush(now);
  CHECK(file.problem() == "No space left on device");
  CHECK(file.backlog() == 8);
  file.flush(now + std::chrono::milliseconds(500));  // too early to try
  CHECK(file.backlog() == 8);

  file.open(dir.path() + "/log");  // space again
  file.flush(now + std::chrono::seconds(2));
  CHECK(file.problem().empty());
  CHECK(contents(dir.path() + "/log") == "one\ntwo\n");
}

TEST_CASE(
    "a line that a full disk took in part is completed, taken back, or written anew into the next file") {
  const TempDir dir;
  const std::string path = dir.path() + "/log";
  LogFile file(std::nullopt);
  file.open(path);
  file.append("one\ntwo\nthree\nfour\n");
  const auto now = LogFile::Clock::now();
  {
    const FileSizeLimit limit(10);
    file.flush(now);
    CHECK(file.problem().find("File too large") == 0);
    CHECK(contents(path) == "one\ntwo\nth");
    CHECK(file.take_written() == 2);
  }
  SECTION("completed") {
    file.flush(now + std::chrono::seconds(2));
    CHECK(file.backlog() == 0);
    CHECK(contents(path) == "one\ntwo\nthree\nfour\n");
    CHECK(file.take_written() == 2);
  }
  SECTION("taken back") {
    CHECK(file.abandon_backlog() == 2);
    CHECK(file.take_written() == 0);
    CHECK(contents(path) == "one\ntwo\n");
  }
  SECTION("anew") {
    std::filesystem::rename(path, path + ".old");
    file.reopen();
    file.flush(now + std::chrono::seconds(2));
    CHECK(contents(path + ".old") == "one\ntwo\n");
    CHECK(contents(path) == "three\nfour\n");
  }
}

TEST_CASE("lines that are given up are counted") {
  LogFile file(std::nullopt);
  file.open(std::string("/dev/full"));
  file.append("one\ntwo\nthree\n");
  CHECK(file.abandon_backlog() == 3);
  CHECK(file.backlog() == 0);
}

TEST_CASE("after logrotate moved the file away, a new one is written") {
  const TempDir dir;
  const std::string path = dir.path() + "/log";
  LogFile file(std::nullopt);
  file.open(path);
  file.append("before\n");
  file.flush(LogFile::Clock::now());
  std::filesystem::rename(path, path + ".old");
  file.reopen();
  file.append("after\n");
  file.flush(LogFile::Clock::now());
  CHECK(contents(path + ".old") == "before\n");
  CHECK(contents(path) == "after\n");
}

TEST_CASE("a text line is the contract's, whatever is in the message") {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  LogFormatter formatter(LogFormat::text);
  std::string line;
  formatter.append(line, {.time_ns = 1'763'930'531'123'456'789,
                          .worker = WorkerIndex{2},
                          .level = LogLevel::info,
                          .message = "a\nb\x1b[2J\xff"});
  CHECK(line == "2025-11-23 20:42:11,123 | worker-03  | INFO     | a\\nb\\e[2J\\xff\n");
}

TEST_CASE("a JSON line is one object") {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  LogFormatter formatter(LogFormat::json);
  std::string line;
  formatter.append(line, {.time_ns = 1'763'930'531'001'000'000,
                          .level = LogLevel::critical,
                          .message = "\"x\"\n",
                          .sequence = 5});
  CHECK(line ==
        "{\"time\":\"2025-11-23T20:42:11.001+00:00\",\"name\":\"supervisor\",\"level\":\"CRITICAL\","
        "\"message\":\"\\\"x\\\"\\\\n\",\"seq\":5}\n");
}

TEST_CASE("a log line is known by how it begins") {
  CHECK(is_log_line(line("m")));
  CHECK(is_log_line(line("m", LogFormat::json)));
  CHECK(is_log_line("2025-11-23 20:42:11,123 | worker-123 | DEBUG    | "));
  CHECK(is_log_line(R"({"time":"2025-11-23T20:42:11.001-03:30","name":"worker-01",)"));
  for (const char* const other :
       {"", "2025-11-23 20:42:11,123 | ", "2025-11-23 20:42:11,123 | MainProcess | INFO | m",
        "2025-11-23 20:42:11.123 | supervisor | INFO     | m",
        R"({"time":"2025-11-23","name":"supervisor"})"}) {
    CAPTURE(other);
    CHECK_FALSE(is_log_line(other));
  }
}

TEST_CASE("lines for standard error wait for its reader, and nobody waits for them") {
  test::PipeAsStderr pipe;
  LogFile file(std::nullopt);
  file.open_stderr();
  std::string lines;
  for (int i = 0; i < 20'000; ++i) lines += std::to_string(i) + " is a line\n";
  file.append(lines);
  auto now = LogFile::Clock::now();
  file.flush(now);
  CHECK(file.backlog() > 0);
  CHECK(file.problem().empty());
  CHECK((::fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK) == 0);
  std::string arrived;
  while (file.backlog() > 0) {
    const std::string piece = pipe.read();
    CHECK(piece.ends_with('\n'));
    arrived += piece;
    file.flush(now += std::chrono::seconds(2));
  }
  while (arrived.size() < lines.size()) arrived += pipe.read();
  CHECK(arrived == lines);
}

TEST_CASE("a standard error that nobody reads any more loses lines, which are counted, and stops nothing") {
  test::PipeAsStderr pipe;
  ::signal(SIGPIPE, SIG_IGN);
  LogFile file(std::nullopt);
  file.open_stderr();
  pipe.close_reader();
  file.append("one\ntwo\n");
  file.flush(LogFile::Clock::now());
  CHECK(file.backlog() == 0);
  CHECK(file.take_lost() == 2);
  CHECK(file.take_lost() == 0);
}

}  // namespace
}  // namespace wm
