#include "supervisor/report/background_writer.h"

#include <atomic>
#include <future>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

TEST_CASE("the latest version is written, and the last one for certain") {
  std::promise<void> gate;
  std::shared_future<void> open(gate.get_future());
  std::vector<int> written;  // by one thread
  std::atomic<bool> begun{false};
  {
    BackgroundWriter writer("file", [](const std::string&, bool) {});
    const auto version = [&](int number) {
      return [&, number] {
        begun = true;
        open.wait();
        written.push_back(number);
        return std::string();
      };
    };
    writer.submit(version(1));
    REQUIRE(wait_until([&] { return begun.load(); }));
    writer.submit(version(2));
    writer.submit_last(version(3));
    gate.set_value();
  }
  CHECK(written == std::vector{1, 3});
}

TEST_CASE("a problem is reported once, and once more at the end") {
  std::vector<std::string> problems;  // by one thread
  std::atomic<int> tried{0};
  {
    BackgroundWriter writer("file", [&](const std::string& problem, bool at_the_end) {
      problems.push_back(problem + (at_the_end ? " at the end" : ""));
    });
    const auto fail = [&] {
      ++tried;
      return std::string("full");
    };
    for (int i = 1; i <= 3; ++i) {
      writer.submit(fail);
      REQUIRE(wait_until([&] { return tried.load() == i; }));
    }
    writer.submit_last(fail);
  }
  CHECK(problems == std::vector<std::string>{"full", "full at the end"});
}

TEST_CASE("a problem that comes back after a success is reported again") {
  std::vector<std::string> problems;  // by one thread
  std::atomic<int> tried{0};
  {
    BackgroundWriter writer("file", [&](const std::string& problem, bool) { problems.push_back(problem); });
    int submitted = 0;
    for (const std::string result : {"full", "full", "", "full again"}) {
      writer.submit([&tried, result] {
        ++tried;
        return result;
      });
      ++submitted;
      REQUIRE(wait_until([&] { return tried.load() == submitted; }));
    }
  }
  CHECK(problems == std::vector<std::string>{"full", "full again"});
}

TEST_CASE("a version can be submitted while a problem is reported") {
  std::promise<void> submitted;
  std::atomic<bool> reporting{false};
  BackgroundWriter writer("file", [&](const std::string&, bool) {
    reporting = true;
    submitted.get_future().wait();
  });
  writer.submit([] { return std::string("full"); });
  REQUIRE(wait_until([&] { return reporting.load(); }));
  writer.submit([] { return std::string(); });
  submitted.set_value();
}

TEST_CASE("a file system that hangs is given up with a word, and several of them at one time") {
  std::promise<void> gate;
  const std::shared_future<void> open(gate.get_future());
  std::vector<std::string> problems;
  std::atomic<int> begun{0};
  std::atomic<int> ended{0};
  const auto hang = [&, open] {
    ++begun;
    open.wait();
    ++ended;
    return std::string("too late to be reported");
  };
  const auto on_problem = [&](const std::string& problem, bool) { problems.push_back(problem); };
  {
    BackgroundWriter one("one", on_problem);
    BackgroundWriter other("other", on_problem);
    one.submit_last(hang);
    other.submit_last(hang);
    REQUIRE(wait_until([&] { return begun.load() == 2; }));
    const auto deadline = BackgroundWriter::Clock::now() + std::chrono::milliseconds(50);
    one.end(deadline);
    other.end(deadline);
  }
  CHECK(problems == std::vector<std::string>{"one is not up to date: writing it takes too long",
                                             "other is not up to date: writing it takes too long"});
  gate.set_value();
  REQUIRE(wait_until([&] { return ended.load() == 2; }));
}

}  // namespace
}  // namespace wm::test
