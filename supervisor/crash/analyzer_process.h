#pragma once

// Runs wm-crash-analyzer on a crash record, with limits: a symboliser that hangs or dies must not matter. May
// be called from any thread.

#include <chrono>
#include <stop_token>
#include <string>

namespace wm {

struct AnalyzerAnswer;

class AnalyzerProcess {
 public:
  /// The program beside this one; WM_CRASH_ANALYZER in the environment names another.
  AnalyzerProcess();
  AnalyzerProcess(std::string program, std::chrono::milliseconds patience)
      : program_(std::move(program)), patience_(patience) {}

  /// Blocks until it has ended, at most `patience` and until `stop` is requested, then it is killed. It gets
  /// the crash record as its standard input, to be read only, and opens no crash record by a name. Never
  /// throws.
  [[nodiscard]] AnalyzerAnswer analyse(int record_fd, unsigned area, const std::stop_token& stop = {}) const;

 private:
  std::string program_;  // "" when it is not installed
  std::chrono::milliseconds patience_;
};

}  // namespace wm
