#pragma once

// The results of a run: collected while it runs, shown on stdout and in report.json at its end.

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/job/damaged_pictures.h"
#include "common/job/outcome.h"
#include "supervisor/journal/ledger.h"
#include "supervisor/journal/run_figures.h"

namespace wm {

/// Seconds of each phase of a run.
struct Phases {
  double startup = 0;   // from the beginning until the first worker is ready
  double dispatch = 0;  // until the last task is handed out
  double collect = 0;   // until the last outcome is taken
  double shutdown = 0;  // until workers are gone, journal and log are closed
  double total = 0;
};

/// Counts a reason that prevented marking in place. It comes from a worker: it may contain any bytes,
/// different ones each time, so beyond some number of them all others are counted together.
void count_reason(std::map<std::string, std::uint64_t>& reasons, const std::string& reason,
                  std::uint64_t count = 1);

struct RunReport {
  std::vector<std::string> command;
  std::chrono::system_clock::time_point started;
  unsigned workers = 0;  // workers started, not counting replacements
  Ledger ledger;
  std::optional<ShardReport> shard;
  std::uint64_t restarts = 0;  // workers started again after they died
  std::uint64_t retries = 0;   // attempts beyond the first
  std::uint64_t unreadable_directories = 0;
  DamagedPictures damaged_pictures = DamagedPictures::fail;
  std::uint64_t damaged = 0;  // of the marked ones: only their readable part was marked
  std::uint64_t corrupt = 0;  // of the failed ones
  std::array<std::uint64_t, failure_kind_count> failures{};  // failed or quarantined inputs of each kind
  std::uint64_t links_not_followed = 0;
  std::uint64_t crashes = 0;      // deaths of workers that have a crash report
  std::uint64_t input_bytes = 0;  // of the inputs that were published
  std::uint64_t output_bytes = 0;
  std::uint64_t texts_rendered = 0;  // drawn anew, since no earlier drawing could be reused
  std::array<std::uint64_t, jpeg_route_count> jpeg_routes{};  // number of pictures by route
  std::map<std::string, std::uint64_t>
      jpeg_reasons;  // how often each reason prevented marking in place; see count_route()
  std::uint64_t log_written = 0, log_dropped = 0;
  Phases phases;
  StageHistograms stages;

  /// Counts the route of a picture.
  void count_route(JpegRoute route, const std::string& reason);

  /// Pictures marked in this run per second of the whole run.
  [[nodiscard]] double files_per_second() const {
    return phases.total > 0 ? static_cast<double>(ledger.marked) / phases.total : 0;
  }
};

}  // namespace wm
