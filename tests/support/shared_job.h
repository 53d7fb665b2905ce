#pragma once

// A job that two supervisors can see through two mounts, so that neither sees the other's file locks: as two
// machines do that share a file system without locks.

#include <optional>
#include <string>

#include "tests/support/job.h"
#include "tests/support/run_program.h"
#include "tests/support/temp_dir.h"

namespace wm::test {

/// A job's directory through a file system of its own.
class JobMount {
 public:
  explicit JobMount(const Job& job);
  [[nodiscard]] bool is_there() const { return is_there_; }
  [[nodiscard]] std::string out() const { return place_.path() + "/out"; }
  /// The server does not answer any more; what it has taken already, it answers later.
  void stop_server() const;
  void continue_server() const;

 private:
  TempDir place_;
  RunningProgram server_;
  bool is_there_ = false;
};

/// A second of its owners is a tenth of one.
struct SharedJob {
  static constexpr unsigned fast_pictures = 20;
  static constexpr unsigned gated_pictures = 2;

  Job job;
  std::optional<JobMount> one, other;

  /// Skips the test where that is not possible.
  SharedJob();

  [[nodiscard]] RunningProgram start(const JobMount& mount, const Words& extra = {},
                                     const Words& environment = {}) const;
  /// All pictures but those at the gate are published and recorded.
  [[nodiscard]] bool waits_at_gate() const;
  [[nodiscard]] std::string owner() const;
  /// As if the owner ran on another machine: its process cannot be found here.
  void move_owner_elsewhere() const;
  /// Every picture is marked, recorded and reported, and nothing else is there.
  void check_whole() const;
};

}  // namespace wm::test
