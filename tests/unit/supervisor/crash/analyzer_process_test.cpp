// An analyzer that does not end must not matter. Other ways to fail: integration_crash_reports.

#include "supervisor/crash/analyzer_process.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <stop_token>
#include <string>
#include <thread>

#include "common/os/unique_fd.h"
#include "supervisor/crash/analyzer_answer.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_until.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

UniqueFd open_no_crash_record() {
  return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

TEST_CASE("an analyzer gets the crash record as its standard input, which it can only read") {
  const TempDir directory;
  const std::string reader = directory.path() + "/reader";
  const std::string seen = directory.path() + "/seen";
  std::ofstream(reader)
      << "#!/bin/sh\n{ echo \"$1 $2 $3\"; cat; (echo changed >&0) 2>/dev/null || echo closed; } >'" << seen
      << "'\n";
  REQUIRE(::chmod(reader.c_str(), 0755) == 0);
  std::ofstream(directory.path() + "/cell") << "a crash record\n";
  const UniqueFd crash_record(::open((directory.path() + "/cell").c_str(), O_RDWR | O_CLOEXEC));
  CHECK(AnalyzerProcess(reader, 2min).analyse(crash_record.get(), 3).problem ==
        "the analyzer's answer makes no sense");
  std::ifstream file(seen);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  CHECK(text == "- --area 3\na crash record\nclosed\n");
}

TEST_CASE("an analyzer that takes too long is ended, and the reason is reported") {
  const UniqueFd no_crash_record = open_no_crash_record();
  const TempDir directory;
  const std::string sleeper = directory.path() + "/sleeper";
  std::ofstream(sleeper) << "#!/bin/sh\nexec sleep 999\n";
  REQUIRE(::chmod(sleeper.c_str(), 0755) == 0);
  const AnalyzerAnswer answer = AnalyzerProcess(sleeper, 50ms).analyse(no_crash_record.get(), 0);
  CHECK_FALSE(answer.analysis);
  CHECK(answer.problem == "the analyzer took too long");
  errno = 0;
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}

TEST_CASE("an analyzer that is not wanted any more is ended, whether it has closed its output or not") {
  const TempDir directory;
  const std::string sleeper = directory.path() + "/sleeper";
  const std::string begun = directory.path() + "/begun";
  const std::string redirection = GENERATE(as<std::string>{}, "", " >&-");
  CAPTURE(redirection);
  std::ofstream(sleeper) << "#!/bin/sh\n: >'" << begun << "'\nexec sleep 999" << redirection << "\n";
  REQUIRE(::chmod(sleeper.c_str(), 0755) == 0);
  const AnalyzerProcess analyzer(sleeper, 2min);
  const UniqueFd no_crash_record = open_no_crash_record();
  std::stop_source stop;
  AnalyzerAnswer answer;
  std::thread reporter([&] { answer = analyzer.analyse(no_crash_record.get(), 0, stop.get_token()); });
  CHECK(test::wait_until([&] { return ::access(begun.c_str(), F_OK) == 0; }));
  stop.request_stop();
  reporter.join();
  CHECK_FALSE(answer.analysis);
  CHECK(answer.problem == "the analyzer was stopped, since there was no more time for it");
  errno = 0;
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}

}  // namespace
}  // namespace wm
