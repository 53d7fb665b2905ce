#include "supervisor/run/neighbour_watch.h"

#include <chrono>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "supervisor/text/console.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

constexpr auto between_looks = std::chrono::seconds(1);

}  // namespace

void NeighbourWatch::begin(int directory) {
  try {
    claim_.emplace(directory);
  } catch (const std::system_error& error) {
    log_.log(LogLevel::warning,
             fmt::format("whether another job writes into {}, too, cannot be seen there: {}",
                         shown_path(output_), one_line(error.what())));
  }
  report_new();
}

void NeighbourWatch::tick(Clock::time_point now) {
  if (now < next_look_) return;
  next_look_ = now + between_looks;
  report_new();
}

/// Those that run elsewhere are taken for shards: on a cluster nearly all are.
bool NeighbourWatch::is_shard_of_this_job(const OutputNeighbour& neighbour) const {
  if (shards_.empty()) return false;
  if (neighbour.job_directory.empty()) return true;
  std::error_code error;
  return std::filesystem::equivalent(std::filesystem::path(neighbour.job_directory).parent_path(), shards_,
                                     error);
}

void NeighbourWatch::report_new() {
  if (!claim_) return;
  for (const OutputNeighbour& neighbour : claim_->new_neighbours()) {
    if (is_shard_of_this_job(neighbour)) continue;
    const std::string words = neighbour_text(neighbour, output_);
    log_.log(LogLevel::warning, words);
    complain(words);
  }
}

}  // namespace wm
