// An analyzer that does not end must not matter. Other ways to fail: integration_crash_reports.

#include "supervisor/crash/analyzer_process.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <stop_token>
#include <string>
#include <thread>

#include "supervisor/crash/analyzer_answer.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_until.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

TEST_CASE("an analyzer that takes too long is ended, and the reason is reported") {
  const TempDir directory;
  const std::string sleeper = directory.path() + "/sleeper";
  std::ofstream(sleeper) << "#!/bin/sh\nexec sleep 999\n";
  REQUIRE(::chmod(sleeper.c_str(), 0755) == 0);
  const AnalyzerAnswer answer = AnalyzerProcess(sleeper, 50ms).analyse("/dev/null", 0);
  CHECK(answer.analysis.is_null());
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
  std::stop_source stop;
  AnalyzerAnswer answer;
  std::thread desk([&] { answer = analyzer.analyse("/dev/null", 0, stop.get_token()); });
  CHECK(test::wait_until([&] { return ::access(begun.c_str(), F_OK) == 0; }));
  stop.request_stop();
  desk.join();
  CHECK(answer.analysis.is_null());
  CHECK(answer.problem == "the analyzer was stopped, since there was no more time for it");
  errno = 0;
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}

}  // namespace
}  // namespace wm
