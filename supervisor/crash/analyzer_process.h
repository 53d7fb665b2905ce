#pragma once

// Runs wm-crash-analyzer on a crash record, with limits: a symboliser that hangs or crashes must do no harm.
// May be called from any thread.

#include <chrono>
#include <stop_token>
#include <string>

namespace wm {

struct AnalyzerAnswer;

class AnalyzerProcess {
 public:
  /// Uses the program beside this one; WM_CRASH_ANALYZER in the environment selects another.
  AnalyzerProcess();
  AnalyzerProcess(std::string program, std::chrono::milliseconds patience)
      : program_(std::move(program)), patience_(patience) {}

  /// Blocks until the analyzer exits; kills it after `patience` or when `stop` is requested. The analyzer
  /// gets the crash record read-only as its standard input, and opens no crash record by name. Never throws.
  [[nodiscard]] AnalyzerAnswer analyse(int record_fd, unsigned area, const std::stop_token& stop = {}) const;

 private:
  std::string program_;  // "" when it is not installed
  std::chrono::milliseconds patience_;
};

}  // namespace wm
