#pragma once

// What a run has to tell: counted while it goes on, shown on stdout and in report.json at its end.

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/job/damaged_pictures.h"
#include "common/job/outcome.h"
#include "supervisor/dispatch/latency_histogram.h"
#include "supervisor/journal/ledger.h"

namespace wm {

/// Seconds of each phase of a run.
struct Phases {
  double startup = 0;   // from the beginning until the first worker is ready
  double dispatch = 0;  // until the last task is handed out
  double collect = 0;   // until the last outcome is taken
  double shutdown = 0;  // until workers are gone, journal and log are closed
  double total = 0;
};

struct RunReport {
  std::vector<std::string> command;
  std::chrono::system_clock::time_point started;
  unsigned workers = 0;  // that were started, those that took the place of others not counted
  Ledger ledger;
  std::uint64_t restarts = 0;  // workers started again after they died
  std::uint64_t retries = 0;   // attempts beyond the first
  std::uint64_t unreadable_directories = 0;
  DamagedPictures damaged_pictures = DamagedPictures::fail;
  std::uint64_t damaged = 0;  // among the marked ones: of these, what could be read
  std::uint64_t corrupt = 0;  // among the failed ones
  std::uint64_t links_not_followed = 0;
  std::uint64_t output_bytes = 0;
  std::uint64_t texts_rendered = 0;                           // drawn, not found among those drawn before
  std::array<std::uint64_t, jpeg_route_count> jpeg_routes{};  // pictures by the way they took
  std::map<std::string, std::uint64_t> jpeg_reasons;  // why not in place, and how often; see count_route()
  std::uint64_t log_written = 0, log_dropped = 0;
  Phases phases;
  std::array<LatencyHistogram, stage_count> stages;

  /// Counts the way that a picture took. `reason` comes from a worker: it may be any bytes, and each another.
  void count_route(JpegRoute route, const std::string& reason);

  /// Pictures marked in this run per second of the whole run.
  [[nodiscard]] double files_per_second() const {
    return phases.total > 0 ? static_cast<double>(ledger.marked) / phases.total : 0;
  }
};

}  // namespace wm
