#pragma once

// A job of a test: a directory with inputs, a logo and an output, and the real programs to run over it.

#include <sys/types.h>

#include <initializer_list>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/log_lines.h"
#include "tests/support/run_program.h"
#include "tests/support/temp_dir.h"

namespace wm::test {

/// Where the test's logo lies in each picture, and how strong it is.
inline constexpr int mark_left = 8, mark_top = 6, mark_width = 24, mark_height = 16;
inline constexpr double mark_opacity = 0.5;

/// The worker that dies, hangs or lies when a file's name says so: see hazard_worker.cpp.
[[nodiscard]] std::string hazard_worker();

class Job {
 public:
  Job();

  [[nodiscard]] const std::string& directory() const noexcept { return directory_.path(); }
  [[nodiscard]] std::string in(const std::string& name = "") const;
  [[nodiscard]] std::string gated(const std::string& name = "") const;
  [[nodiscard]] std::string out(const std::string& name = "") const;
  [[nodiscard]] std::string job_directory() const { return out(".wm-supervisor"); }
  [[nodiscard]] std::string logo() const { return directory() + "/logo.png"; }
  [[nodiscard]] std::string log_file() const { return job_directory() + "/wm-supervisor.log"; }

  /// Writes a small JPEG of its own pattern.
  void add_picture(const std::string& name, unsigned seed = 0) const;
  /// `count` copies of one JPEG, whose work takes a worker several milliseconds. Returns their names.
  std::vector<std::string> add_pictures(unsigned count, int width = 64, int height = 48) const;

  /// Writes pictures that a hazard worker begins, but finishes only once the gate is open. They lie in a
  /// directory of their own, which run() and start() name after in(): all others are begun before them.
  /// Returns their names.
  std::vector<std::string> add_gated(unsigned count) const;
  /// How many of them have been begun.
  [[nodiscard]] std::size_t at_gate() const;
  /// Opens it for good.
  void open_gate() const;

  /// The program under test.
  [[nodiscard]] static std::string supervisor();
  /// ... with the options of every test, then `extra` (of two values the later one counts).
  [[nodiscard]] Words command(const Words& extra = {}) const;
  /// ... then the inputs: the whole directory, and that of gated pictures when there are any.
  [[nodiscard]] Words command_with_inputs(const Words& extra = {}) const;
  [[nodiscard]] ProgramResult run(const Words& extra = {}) const;
  [[nodiscard]] RunningProgram start(const Words& extra = {}) const;
  [[nodiscard]] ProgramResult run_command(const Words& words, ProgramOptions options = {}) const;
  [[nodiscard]] ProgramOptions options() const;

  [[nodiscard]] nlohmann::json report() const;
  [[nodiscard]] std::vector<LogLine> log() const;
  /// Lines of the log that give an input its outcome and name it.
  [[nodiscard]] std::vector<LogLine> final_lines() const;

  /// Workers of this job that are alive, no matter which process started them.
  [[nodiscard]] std::vector<pid_t> workers(const std::string& name = "wm-worker") const;

 private:
  [[nodiscard]] std::string mark() const { return "WM_TEST_JOB=" + directory(); }
  TempDir directory_;
};

/// Whether inputs = marked + unmarked + up_to_date + failed + quarantined + pending in report.json, in the
/// journal's last run and, when the run said it, in the summary. Returns what is wrong, "" when nothing is.
[[nodiscard]] std::string ledger_fault(const Job& job, const ProgramResult& result);

}  // namespace wm::test
