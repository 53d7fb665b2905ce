// What a user sees of a job: on terminals of several widths that are resized meanwhile, on a dumb one,
// through a pipe. The terminals are tmux's.

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/skip.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

using namespace std::chrono_literals;

bool has_tmux() {
  return run_program({"/usr/bin/env", "tmux", "-V"}).exit_code == 0;
}

std::size_t columns_of(const std::string& utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(
      utf8, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }));
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Without spaces at the ends of lines and empty lines at the end.
std::vector<std::string> screen_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    line.resize(line.find_last_not_of(' ') + 1);
    lines.push_back(line);
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

bool is_progress(const std::string& line) {
  return contains(line, " %");
}

/// A terminal in which a script runs: it fills the screen (tmux scrolls the beginning of a line that it wraps
/// out of one that is not full), prints BEFORE, runs a command and prints its exit code.
class Terminal {
 public:
  Terminal(const Job& job, unsigned columns)
      : job_(job),
        server_({"/usr/bin/env", "tmux", "-D", "-u", "-S", socket(), "-f", "/dev/null"}, job.options()) {
    REQUIRE(wait_until([&] { return std::filesystem::exists(socket()); }));
    const std::string script = job.directory() + "/script";
    REQUIRE(wait_until([&] {
      return tmux({"new-session", "-d", "-x", std::to_string(columns), "-y", "30",
                   "until [ -e go ]; do sleep 0.02; done; exec sh ./script"})
                 .exit_code == 0;
    }));
    REQUIRE(tmux({"pipe-pane", "-o", "cat >raw"}).exit_code == 0);
  }

  /// `environment`: for env(1). `after`: what follows the command, such as a pipe.
  void run(const std::string& environment, const Words& command, const std::string& after = "") const {
    std::string script = "trap : INT\nseq 40\necho BEFORE\nenv " + environment;
    for (const std::string& word : command) script += " '" + word + "'";
    write_file(job_.directory() + "/script", script + " " + after + "\necho exit code $?\nexec sleep 600\n");
    write_file(job_.directory() + "/go", "");
  }

  void resize(unsigned columns) const {
    REQUIRE(tmux({"resize-window", "-x", std::to_string(columns), "-y", "30"}).exit_code == 0);
  }
  void press(const std::string& key) const { REQUIRE(tmux({"send-keys", key}).exit_code == 0); }

  /// The rows from BEFORE on.
  [[nodiscard]] std::vector<std::string> rows() const {
    return from_before(screen_lines(tmux({"capture-pane", "-p", "-S", "-"}).out));
  }
  /// The same with the rows of wrapped lines joined.
  [[nodiscard]] std::vector<std::string> lines() const {
    return from_before(screen_lines(tmux({"capture-pane", "-p", "-J", "-S", "-"}).out));
  }
  [[nodiscard]] bool shows(const std::string& part) const {
    return std::ranges::any_of(lines(), [&](const std::string& line) { return contains(line, part); });
  }
  void await(const std::string& part) const {
    const bool shown = wait_until([&] { return shows(part); });
    CAPTURE(lines());
    REQUIRE(shown);
  }
  /// The bytes that it received.
  [[nodiscard]] std::string raw() const { return read_file(job_.directory() + "/raw"); }

 private:
  [[nodiscard]] static std::vector<std::string> from_before(std::vector<std::string> lines) {
    lines.erase(lines.begin(), std::ranges::find(lines, "BEFORE"));
    return lines;
  }
  [[nodiscard]] std::string socket() const { return job_.directory() + "/tmux"; }
  [[nodiscard]] ProgramResult tmux(const Words& words) const {
    Words command{"/usr/bin/env", "tmux", "-u", "-S", socket()};
    command.insert(command.end(), words.begin(), words.end());
    return job_.run_command(command);
  }

  const Job& job_;
  RunningProgram server_;
};

/// Three pictures that are marked, one that fails, and two that wait at the gate: two thirds.
Words add_two_thirds(const Job& job, const Words& more = {}) {
  job.add_pictures(3);
  write_file(job.in("broken.jpg"), "\xff\xd8\xff no picture");
  job.add_gated(2);
  Words words = job.command({"--worker-program", hazard_worker(), "--timeout", "0", "--grace", "10m"});
  words.insert(words.end(), more.begin(), more.end());
  words.insert(words.end(), {job.in(), job.gated()});
  return words;
}

/// Waits until the screen consists of the line before and the progress line alone, which is returned.
std::string progress_below(const Terminal& terminal, unsigned columns) {
  std::vector<std::string> rows;
  const auto is_whole = [&] {
    rows = terminal.rows();
    return rows.size() == 2 && rows[0] == "BEFORE" && is_progress(rows[1]) && contains(rows[1], "66 %") &&
           contains(rows[1], "1 failed") && columns_of(rows[1]) < columns;
  };
  bool whole = wait_until(is_whole);
  std::this_thread::sleep_for(450ms);  // in which it is drawn again
  whole = whole && is_whole();
  CAPTURE(columns, rows);
  REQUIRE(whole);
  return rows[1];
}

void check_sequences(const std::string& raw) {
  const std::regex known("\x1b\\[\\?7[lh]|\x1b\\[J|\x1b\\[3[19]m");
  CHECK(std::regex_replace(raw, known, "").find('\x1b') == std::string::npos);
}

TEST_CASE("the progress line fits each terminal, survives resizing, and leaves nothing behind") {
  if (!has_tmux()) skip("tmux is not installed; scripts/setup.sh installs it");
  const auto [columns, locale] =
      GENERATE(std::pair(40U, "C"), std::pair(80U, "C.UTF-8"), std::pair(200U, "C"));
  const Job job;
  const Terminal terminal(job, columns);
  terminal.run("LC_ALL=" + std::string(locale), add_two_thirds(job));
  const std::string line = progress_below(terminal, columns);
  CAPTURE(columns, line);
  CHECK(contains(line, "[dd]") == (columns >= 80));
  CHECK(contains(line, "4/6") == (columns >= 80));
  CHECK(contains(line, "pictures/s") == (columns >= 100));
  CHECK(contains(line, "#") == (columns != 80));
  CHECK(contains(line, "█") == (columns == 80));

  for (const unsigned width : {30U, 120U, 60U, 25U, columns}) {
    terminal.resize(width);
    const std::string resized = progress_below(terminal, width);
    CAPTURE(width, resized);
    CHECK(contains(resized, "[dd]") == (width >= 60));
  }

  terminal.press("C-c");
  terminal.await("finishing 2 pictures (up to 10 min); press Ctrl-C again to stop now");
  REQUIRE(wait_until([&] { return is_progress(terminal.lines().back()); }));
  CHECK(contains(terminal.lines().back(), "66 %"));
  job.open_gate();
  terminal.await("exit code ");
  const std::vector<std::string> lines = terminal.lines();
  const std::vector<std::string> expected{
      "BEFORE",
      "wm-supervisor: finishing 2 pictures (up to 10 min); press Ctrl-C again to stop now",
      "wm-supervisor: stopped by SIGINT",
      "Failures:",
      "  " + job.in("broken.jpg") + ": corrupt: ",
      "1 corrupt; more about them: wm-supervisor report " + job.job_directory(),
      "1 damaged file failed; --damaged mark marks what can be read",
      "",
      "6 pictures: 5 marked, 1 failed",
      "",  // the rate
      "log: " + job.log_file() + "  report: " + job.job_directory() + "/report.json",
      "exit code 130"};
  CAPTURE(lines);
  REQUIRE(lines.size() == expected.size());
  for (std::size_t i = 0; i < lines.size(); ++i) CHECK(lines[i].starts_with(expected[i]));
  CHECK(lines[7].empty());
  check_sequences(terminal.raw());
}

TEST_CASE("a second Ctrl-C is answered, too") {
  if (!has_tmux()) skip("tmux is not installed; scripts/setup.sh installs it");
  const Job job;
  const Terminal terminal(job, 100);
  terminal.run("LC_ALL=C", add_two_thirds(job));
  progress_below(terminal, 100);
  terminal.press("C-c");
  terminal.await("press Ctrl-C again to stop now");
  terminal.press("C-c");
  terminal.await("wm-supervisor: stopping now; 2 pictures in progress are left for the next run");
  terminal.await("6 pictures: 3 marked, 1 failed, 2 pending");
  terminal.await("exit code 130");
  CHECK_FALSE(terminal.shows(" %"));
  CHECK_FALSE(terminal.shows("^C"));
}

TEST_CASE("log lines go above the progress line, whole") {
  if (!has_tmux()) skip("tmux is not installed; scripts/setup.sh installs it");
  const Job job;
  const Terminal terminal(job, 90);
  terminal.run("LC_ALL=C", add_two_thirds(job, {"-v"}));
  REQUIRE(wait_until([&] {
    const auto lines = terminal.lines();
    return lines.size() > 4 && is_progress(lines.back()) && contains(lines.back(), "66 %");
  }));
  const auto is_log_line = [](const std::string& line) {
    return line.starts_with("20") && contains(line, " | ");
  };
  std::vector<std::string> lines = terminal.lines();
  CAPTURE(lines);
  CHECK(std::ranges::count_if(lines, is_progress) == 1);
  CHECK(std::ranges::count_if(lines, is_log_line) == static_cast<std::ptrdiff_t>(lines.size()) - 2);
  job.open_gate();
  terminal.await("exit code 1");
  lines = terminal.lines();
  CAPTURE(lines);
  const auto failures = std::ranges::find(lines, "Failures:");
  REQUIRE(failures != lines.end());
  CHECK(std::count_if(lines.begin(), failures, is_log_line) == failures - lines.begin() - 1);
  CHECK(std::ranges::none_of(lines, is_progress));
}

TEST_CASE("NO_COLOR leaves the line and takes its colour") {
  if (!has_tmux()) skip("tmux is not installed; scripts/setup.sh installs it");
  const auto [environment, coloured] = GENERATE(std::pair("NO_COLOR=1", false), std::pair("NO_COLOR=", true));
  const Job job;
  const Terminal terminal(job, 80);
  terminal.run(environment, add_two_thirds(job));
  progress_below(terminal, 80);
  job.open_gate();
  terminal.await("exit code 1");
  CHECK(contains(terminal.raw(), "\x1b[31m1 failed\x1b[39m") == coloured);
  CHECK((terminal.raw().find("m", terminal.raw().find("\x1b[3")) != std::string::npos) == coloured);
  check_sequences(terminal.raw());
}

TEST_CASE("a dumb terminal, one without a name and a pipe get plain lines only") {
  if (!has_tmux()) skip("tmux is not installed; scripts/setup.sh installs it");
  const auto [environment, after] =
      GENERATE(std::pair("TERM=dumb", ""), std::pair("-u TERM", ""), std::pair("TERM=xterm", "2>&1 | cat"));
  const Job job;
  const Terminal terminal(job, 80);
  terminal.run(environment, add_two_thirds(job), after);
  REQUIRE(wait_until([&] { return job.at_gate() == 2; }));
  std::this_thread::sleep_for(500ms);
  CHECK(terminal.lines() == std::vector<std::string>{"BEFORE"});
  job.open_gate();
  terminal.await("6 pictures: 5 marked, 1 failed");
  terminal.await("exit code ");
  std::string raw = terminal.raw();
  CAPTURE(raw);
  CHECK(raw.find('\x1b') == std::string::npos);
  raw = std::regex_replace(raw, std::regex("\r\n"), "\n");
  CHECK(raw.find('\r') == std::string::npos);
}

/// The command, run by a shell with job control, which reads its words as "$@".
Words under_job_control(const std::string& script, const Words& command) {
  Words words{"/bin/sh", "-c", "set -m; " + script, "sh"};
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

TEST_CASE("a job in the background draws no line over what the user types") {
  if (!has_tmux()) skip("tmux is not installed; scripts/setup.sh installs it");
  const Job job;
  const Terminal terminal(job, 80);
  terminal.run("LC_ALL=C", under_job_control("\"$@\" & sleep 600", add_two_thirds(job)));
  REQUIRE(wait_until([&] { return job.at_gate() == 2; }));
  std::this_thread::sleep_for(450ms);  // in which it would be drawn
  CHECK_FALSE(contains(terminal.raw(), " %"));
  job.open_gate();
  terminal.await("6 pictures: 5 marked, 1 failed");
  CHECK_FALSE(contains(terminal.raw(), "ETA"));
}

TEST_CASE("Ctrl-Z takes the line away, and it comes back with the job") {
  if (!has_tmux()) skip("tmux is not installed; scripts/setup.sh installs it");
  const Job job;
  const Terminal terminal(job, 80);
  terminal.run("LC_ALL=C",
               under_job_control("\"$@\"; echo suspended; until [ -e continue ]; do sleep 0.02; done; "
                                 "fg; echo ended with $?; sleep 600",
                                 add_two_thirds(job)));
  progress_below(terminal, 80);
  terminal.press("C-z");
  terminal.await("suspended");
  CHECK_FALSE(terminal.shows(" %"));
  write_file(job.directory() + "/continue", "");
  terminal.await(" 66 %");
  job.open_gate();
  terminal.await("ended with 1");
  CHECK_FALSE(terminal.shows(" %"));
}

TEST_CASE("a stopped terminal does not stop the job") {
  if (!has_tmux()) skip("tmux is not installed; scripts/setup.sh installs it");
  const Job job;
  const Terminal terminal(job, 80);
  terminal.run("LC_ALL=C", add_two_thirds(job));
  progress_below(terminal, 80);
  terminal.press("C-s");
  const auto updated = [&] {
    return nlohmann::json::parse(read_file(job.job_directory() + "/status.json"))
        .at("updated_ns")
        .get<std::int64_t>();
  };
  std::int64_t last = updated();
  for (int i = 0; i < 3; ++i) {  // the main thread turns
    REQUIRE(wait_until([&] { return updated() > last; }, 1min));
    last = updated();
  }
  terminal.press("C-q");
  job.open_gate();
  terminal.await("exit code 1");
  CHECK_FALSE(terminal.shows(" %"));
}

}  // namespace
}  // namespace wm::test
