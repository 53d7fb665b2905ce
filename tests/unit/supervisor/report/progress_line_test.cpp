#include "supervisor/report/progress_line.h"

#include <regex>
#include <string>
#include <vector>

#include "supervisor/report/progress_display.h"
#include "tests/support/catch.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

std::size_t columns_of(const std::string& utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(
      utf8, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }));
}

Progress a_long_job() {
  return {.ledger = {.inputs = 1'000'000, .marked = 412'031, .failed = 3},
          .scan_finished = true,
          .elapsed = 3731s,
          .files_per_second = 110.4,
          .workers = "dddd"};
}

std::vector<Progress> all_kinds() {
  std::vector<Progress> kinds{{}, a_long_job()};
  Progress progress = a_long_job();
  progress.ledger.quarantined = 1;
  progress.ledger.unmarked = 17;
  progress.ledger.up_to_date = 1000;
  progress.workers = std::string(64, 'e');
  kinds.push_back(progress);
  progress.scan_finished = false;
  kinds.push_back(progress);
  progress.stopping = true;
  kinds.push_back(progress);
  progress.files_per_second = 1e-300;  // an endless time
  progress.scan_finished = true;
  progress.stopping = false;
  kinds.push_back(progress);
  progress.ledger = {.inputs = 1, .marked = 5};  // more than were found: it came from outside
  kinds.push_back(progress);
  return kinds;
}

TEST_CASE("the progress line tells the total as soon as it is known") {
  Progress progress{
      .ledger = {.inputs = 200, .marked = 50, .failed = 2}, .files_per_second = 10, .workers = "dc."};
  CHECK(progress_line(progress) == "52/200+  10.0 files/s  2 failed  [dc.]");
  CHECK(terminal_line(progress, {}) == "52/200+  10.0/s  0:00  2 failed  [dc.]");
  progress.scan_finished = true;
  CHECK(progress_line(progress) == "52/200 (26 %)  10.0 files/s  ETA 0:15  2 failed  [dc.]");
  progress.ledger.unmarked = 8;
  CHECK(progress_line(progress) == "60/200 (30 %)  10.0 files/s  ETA 0:14  8 unmarked  2 failed  [dc.]");
  CHECK(short_duration(3h + 5min) == "3:05:00");
}

TEST_CASE("a terminal of 40, 80 or 200 columns shows what fits, the most important parts first") {
  const Progress progress = a_long_job();
  CHECK(terminal_line(progress, {.columns = 39}) == "[##-----]   41 %  ETA 1:28:46  3 failed");
  CHECK(terminal_line(progress, {.columns = 39, .utf8 = true}) == "███░░░░░░   41 %  ETA 1:28:46  3 failed");
  CHECK(terminal_line(progress, {.columns = 79}) ==
        "[#####--------]   41 %  412034/1000000  110.4/s  1:02:11  ETA 1:28:46  3 failed");
  CHECK(terminal_line(progress, {.columns = 199}) ==
        "[###############-----------------------]   41 %  412034/1000000  110.4 pictures/s  1:02:11  "
        "ETA 1:28:46  3 failed  [dddd]");
}

TEST_CASE("no line is longer than the terminal is wide, whatever it shows") {
  for (const Progress& progress : all_kinds()) {
    std::size_t parts_before = 0;
    for (std::size_t columns = 0; columns <= 300; ++columns) {
      for (const bool utf8 : {false, true}) {
        const std::string line = terminal_line(progress, {.columns = columns, .utf8 = utf8});
        CAPTURE(columns, line);
        REQUIRE(columns_of(line) <= columns);
        REQUIRE(std::ranges::none_of(line, [](char byte) { return byte >= 0 && byte < ' '; }));
        REQUIRE((utf8 || columns_of(line) == line.size()));
      }
      const std::string line = terminal_line(progress, {.columns = columns});
      const std::regex gap("  +(?! )");
      const auto parts = static_cast<std::size_t>(
          std::distance(std::sregex_iterator(line.begin(), line.end(), gap), std::sregex_iterator()));
      CAPTURE(columns, line);
      if (columns != 100) CHECK(parts >= parts_before);  // there, the parts have longer texts
      parts_before = parts;
    }
  }
}

TEST_CASE("failures are the last but one to be left out, and red where there is colour") {
  Progress progress = a_long_job();
  progress.ledger.quarantined = 2;
  CHECK(terminal_line(progress, {.columns = 16}) == " 41 %  5 failed");
  CHECK(terminal_line(progress, {.columns = 12}) == " 41 %");
  CHECK(terminal_line(progress, {.columns = 5}) == " 41 %");
  CHECK(terminal_line(progress, {.columns = 4}).empty());  // " 41" or "10" would be another number
  CHECK(terminal_line(progress, {.columns = 16, .colour = true}) == " 41 %  \033[31m5 failed\033[39m");
  CHECK(terminal_line(progress, {.columns = 150}).find("  3 failed, 2 quarantined  ") != std::string::npos);
  progress.ledger.failed = 0;
  CHECK(terminal_line(progress, {.columns = 150}).find("  2 quarantined  ") != std::string::npos);
  progress.ledger.quarantined = 0;
  CHECK(terminal_line(progress, {.columns = 79, .colour = true}).find('\033') == std::string::npos);
}

TEST_CASE("there is no time left to tell while nothing is finished for long") {
  Progress progress = a_long_job();
  progress.files_per_second = static_cast<double>(progress.ledger.pending()) / 3.5e6;
  CHECK(seconds_left(progress) == Approx(3.5e6));
  for (const double pace : {0.0, 1e-300, static_cast<double>(progress.ledger.pending()) / 3.7e6}) {
    progress.files_per_second = pace;
    CHECK(seconds_left(progress) == std::nullopt);
  }
}

TEST_CASE("a run that is being stopped shows that instead of a time at which it will not end") {
  Progress progress = a_long_job();
  progress.stopping = true;
  const std::string line = terminal_line(progress, {});
  CHECK(line.find("ETA") == std::string::npos);
  CHECK(line.find("  stopping  ") != std::string::npos);
}

TEST_CASE("the bar is full only at the end") {
  Progress progress = a_long_job();
  progress.ledger = {.inputs = 1000, .marked = 999};
  CHECK(terminal_line(progress, {.columns = 79}).find("#-]") != std::string::npos);
  progress.ledger.marked = 1000;
  CHECK(terminal_line(progress, {.columns = 79}).find("##]  100 %") != std::string::npos);
}

TEST_CASE("the line is redrawn only where it can be; elsewhere there are plain lines") {
  CHECK(progress_form(ProgressMode::automatic, false, StderrUse::messages, true) == ProgressForm::in_place);
  CHECK(progress_form(ProgressMode::automatic, false, StderrUse::messages, false) == ProgressForm::lines);
  CHECK(progress_form(ProgressMode::automatic, true, StderrUse::messages, true) == ProgressForm::none);
  CHECK(progress_form(ProgressMode::always, true, StderrUse::messages, true) == ProgressForm::in_place);
  CHECK(progress_form(ProgressMode::always, false, StderrUse::messages, false) == ProgressForm::lines);
  CHECK(progress_form(ProgressMode::never, false, StderrUse::messages, true) == ProgressForm::none);
  CHECK(progress_form(ProgressMode::json, false, StderrUse::messages, true) == ProgressForm::none);
  CHECK(progress_form(ProgressMode::automatic, false, StderrUse::debugger, true) == ProgressForm::lines);
  CHECK(progress_form(ProgressMode::automatic, false, StderrUse::log, true) == ProgressForm::none);
  CHECK(progress_form(ProgressMode::automatic, false, StderrUse::log, false) == ProgressForm::none);
  CHECK(progress_form(ProgressMode::always, false, StderrUse::log, true) == ProgressForm::lines);
  CHECK(knows_sequences("xterm-256color"));
  for (const char* const term : {static_cast<const char*>(nullptr), "", "dumb", "unknown"})
    CHECK_FALSE(knows_sequences(term));
}

TEST_CASE("the pace follows the present and not the beginning") {
  Pace pace;
  auto now = Pace::Clock::time_point{} + 1h;
  std::uint64_t finished = 0;
  for (int i = 0; i < 60; ++i) pace.observe(now += 1s, finished += 100);
  CHECK(pace.files_per_second() == Approx(100));
  for (int i = 0; i < 60; ++i) pace.observe(now += 1s, finished += 10);
  CHECK(pace.files_per_second() == Approx(10).epsilon(0.05));
}

}  // namespace
}  // namespace wm
