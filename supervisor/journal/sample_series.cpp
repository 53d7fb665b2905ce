#include "supervisor/journal/sample_series.h"

#include <algorithm>
#include <queue>

namespace wm {
namespace {

constexpr std::int64_t shortest_interval_ms = 100;

}  // namespace

bool SampleSeries::is_due(std::int64_t elapsed_ms) const {
  if (kept_.empty()) return true;
  const std::int64_t last = kept_.back();
  // A short run has a few samples, too.
  return elapsed_ms < last ||
         elapsed_ms - last >= std::min(interval_ms_, std::max(shortest_interval_ms, last));
}

std::vector<std::int64_t> SampleSeries::add(std::int64_t elapsed_ms) {
  const auto later = std::ranges::lower_bound(kept_, elapsed_ms);
  std::vector<std::int64_t> dropped(later, kept_.end());
  std::erase(dropped, elapsed_ms);  // is replaced
  kept_.erase(later, kept_.end());
  kept_.push_back(elapsed_ms);
  if (kept_.size() < most_samples_of_run) return dropped;
  std::vector<std::int64_t> kept;
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    const bool is_kept = (kept_.size() - 1 - i) % 2 == 0;
    (is_kept ? kept : dropped).push_back(kept_[i]);
  }
  kept_ = std::move(kept);
  interval_ms_ *= 2;
  return dropped;
}

std::vector<Thinning> thin_out(std::span<const SampleCount> runs, std::size_t most) {
  struct Candidate {
    std::int64_t run = 0;
    std::size_t samples = 0;  // as there are
    std::size_t kept = 0;
    std::size_t keep_every = 1;
  };
  const auto comes_later = [](const Candidate& one, const Candidate& other) {
    return one.kept != other.kept ? one.kept < other.kept : one.run > other.run;
  };
  std::priority_queue<Candidate, std::vector<Candidate>, decltype(comes_later)> queue(comes_later);
  std::size_t total = 0;
  for (const SampleCount& run : runs) {
    total += run.samples;
    if (run.samples > 0) queue.push({run.run, run.samples, run.samples});
  }
  std::vector<Thinning> thinned;
  while (total > most) {
    Candidate candidate = queue.top();
    queue.pop();
    total -= candidate.kept;
    if (candidate.kept == 1) {
      thinned.push_back({candidate.run, 0});
      continue;
    }
    candidate.keep_every *= 2;
    candidate.kept = (candidate.samples + candidate.keep_every - 1) / candidate.keep_every;
    total += candidate.kept;
    queue.push(candidate);
  }
  for (; !queue.empty(); queue.pop()) {
    if (queue.top().keep_every > 1) thinned.push_back({queue.top().run, queue.top().keep_every});
  }
  std::ranges::sort(thinned, {}, &Thinning::run);
  return thinned;
}

}  // namespace wm
