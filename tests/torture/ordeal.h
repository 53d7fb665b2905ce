#pragma once

// One small job that is run again and again with other deaths in it.

#include <chrono>
#include <memory>
#include <string>

#include "tests/support/job.h"
#include "tests/torture/oracle.h"

namespace wm::test {

class Ordeal {
 public:
  enum class Flood : bool { no, yes };  // whether one of the files makes the log rings run full
  /// Runs the job once without any death, to know what is right. Throws std::runtime_error when that fails.
  /// `pictures`: a directory whose files are the inputs; "": small ones that are made.
  Ordeal(unsigned files, const std::string& pictures);
  /// Few and tiny ones, which go through pixels: in place they would all be done before anybody can
  /// interrupt.
  Ordeal(unsigned files, Flood flood);

  [[nodiscard]] const Job& job() const noexcept { return job_; }
  [[nodiscard]] const Outputs& expected() const noexcept { return expected_; }
  [[nodiscard]] std::string kill_directory() const { return job_.directory() + "/kill"; }

  /// Removes what earlier runs left.
  void clear() const;
  /// Starts the program with `environment`.
  [[nodiscard]] std::unique_ptr<RunningProgram> start(const Words& environment,
                                                      const Words& options = {}) const;
  /// The environment for a plan of kill points.
  [[nodiscard]] Words plan(const std::string& entries, bool together = false) const;

 private:
  void run_undisturbed();

  Job job_;
  Words options_;
  Outputs expected_;
};

/// A run that takes longer, or at random longer for one file, has stalled. Only ends a hang.
inline constexpr std::chrono::seconds stall{300};

}  // namespace wm::test
