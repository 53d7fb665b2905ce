// An analyzer that does not end must not matter. Other ways to fail: integration_crash_reports.

#include "supervisor/crash/analyzer_process.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <fstream>
#include <string>

#include "supervisor/crash/analyzer_answer.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

TEST_CASE("an analyzer that takes too long is ended, and why there is no analysis is said") {
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

}  // namespace
}  // namespace wm
