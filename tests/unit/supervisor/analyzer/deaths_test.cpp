// The analyzer on the crash records of real deaths: crash_subject dies in each way, and the frame at fault is
// on the line that its source marks with "FAULT: KIND".

#include <sys/wait.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"
#include "tests/support/faults.h"
#include "tests/support/run_program.h"
#include "tests/support/temp_dir.h"

namespace wm::test {
namespace {

using Json = nlohmann::json;

struct Case {
  std::string kind;
  int signal;         // 0: it exits
  std::string fault;  // mark of the line
  std::string thread = "subject";
};

Json analysis_of(const Case& death) {
  const TempDir directory;
  const std::string crash_record = directory.path() + "/cell";
  const ProgramResult subject = run_program({WM_CRASH_SUBJECT, crash_record, death.kind});
  REQUIRE(subject.signal == death.signal);  // the fault was not optimised away
  const ProgramResult analyzer = run_program({WM_CRASH_ANALYZER, crash_record});
  CAPTURE(analyzer.err);
  REQUIRE(analyzer.exit_code == 0);
  return Json::parse(analyzer.out);
}

/// The first frame of the first thread that is in the subject's source.
Json frame_at_fault(const Json& analysis) {
  for (const Json& frame : analysis["threads"][0]["frames"]) {
    if (!frame.contains("file") || frame["file"].is_null()) continue;
    if (frame["file"].get<std::string>().ends_with("faults.cpp")) return frame;
  }
  return {};
}

TEST_CASE("the frame at fault is at the marked line, whatever killed the worker") {
  const std::vector<Case> cases{
      {"segv", SIGSEGV, "segv"},
      {"segv-in-thread", SIGSEGV, "segv", "unlucky"},
      {"null-call", SIGSEGV, "null-call"},
      {"abort", SIGABRT, "abort"},
      {"fpe", SIGFPE, "fpe"},
      {"ill", SIGILL, "ill"},
      {"trap", SIGTRAP, "trap"},
      {"sys", SIGSYS, "sys"},
      {"bus", SIGBUS, "bus"},
      {"throw", SIGABRT, "throw"},
      {"exit", 0, "exit"},
      {"heap-check", SIGABRT, "heap-check"},
      {"malloc-lock", SIGABRT, "malloc-lock"},
      {"smash", SIGABRT, "smash"},
  };
  for (const Case& death : cases) {
    CAPTURE(death.kind);
    const Json analysis = analysis_of(death);
    const Json frame = frame_at_fault(analysis);
    CAPTURE(analysis["threads"][0].dump(1));
    REQUIRE_FALSE(frame.is_null());
    // A call's return address may belong to the line after it.
    CHECK(frame["line"] == line_of_fault(death.fault));
    CHECK(analysis["threads"][0]["name"] == death.thread);
    CHECK(analysis["threads"][0]["first"] == true);
    std::string names;
    for (const Json& thread : analysis["threads"]) names += thread["name"].get<std::string>() + " ";
    for (const char* const name : {"poller", "waiter", "spinner", "deaf"}) {
      CHECK(names.find(name) != std::string::npos);
    }
  }
}

TEST_CASE("other threads stand where they stood") {
  const Json analysis = analysis_of({"segv", SIGSEGV, "segv"});
  for (const Json& thread : analysis["threads"]) {
    std::string functions;
    for (const Json& frame : thread["frames"])
      functions += frame["function"].is_string() ? frame["function"].get<std::string>() + " " : "";
    CAPTURE(thread["name"], functions);
    if (thread["name"] == "poller") CHECK(functions.find("stand_in_poll") != std::string::npos);
    if (thread["name"] == "waiter") CHECK(functions.find("stand_at_mutex") != std::string::npos);
    if (thread["name"] == "spinner") CHECK(functions.find("spin") != std::string::npos);
    if (thread["name"] == "deaf") CHECK(thread["answered"] == false);
  }
}

TEST_CASE("a stack that ran over is named so, in the main thread and in others") {
  for (const char* const kind : {"overflow", "overflow-in-thread"}) {
    CAPTURE(kind);
    const Json analysis = analysis_of({kind, SIGSEGV, "overflow"});
    CHECK(analysis["stack_overflow"] == true);
    CHECK(analysis["threads"][0]["frames"].size() < 300);
    const int line = frame_at_fault(analysis)["line"].get<int>();
    CHECK(line >= line_of_fault("overflow") - 3);
    CHECK(line <= line_of_fault("overflow"));
  }
}

TEST_CASE("a call through NULL is repaired and reported") {
  const Json analysis = analysis_of({"null-call", SIGSEGV, "null-call"});
  CHECK(analysis["threads"][0]["mended"].is_string());
  CHECK(analysis["threads"][0]["frames"][0]["pc"] == "0x0");
  CHECK(analysis["address_meaning"].get<std::string>().starts_with("a null pointer"));
}

TEST_CASE("wrong use and no crash record are answered with words") {
  CHECK(run_program({WM_CRASH_ANALYZER}).exit_code == 2);
  CHECK(run_program({WM_CRASH_ANALYZER, "/dev/null", "--area", "9"}).exit_code == 2);
  const ProgramResult no_crash_record = run_program({WM_CRASH_ANALYZER, "/dev/null"});
  CHECK(no_crash_record.exit_code == 1);
  CHECK(no_crash_record.err.find("there is no snapshot in the crash record") != std::string::npos);
  CHECK(run_program({WM_CRASH_ANALYZER, "/nowhere"}).exit_code == 1);
}

}  // namespace
}  // namespace wm::test
