#include "supervisor/run/run_sampling.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace wm {
namespace {

constexpr std::int64_t longest_between_stages_ms = 60'000;

std::int64_t milliseconds(double seconds) {
  return std::llround(seconds * 1e3);
}

double seconds_between(RunState::Clock::time_point from, RunState::Clock::time_point to) {
  return std::max(0.0, std::chrono::duration<double>(to - from).count());
}

}  // namespace

void RunSampling::tick(RunState::Clock::time_point now) {
  if (!parts_.state.job_is_open()) return;
  const double elapsed_s = seconds_between(parts_.state.began(), now);
  const std::int64_t elapsed_ms = milliseconds(elapsed_s);
  if (!series_.is_due(elapsed_ms)) return;
  SampleEntry sample = entry(counts(now));
  if (elapsed_ms >= stages_due_ms_) {
    stages_due_ms_ = elapsed_ms + std::min(elapsed_ms, longest_between_stages_ms);
    sample.stages = buckets_of(parts_.report.stages);
  }
  parts_.journal.record_sample(std::move(sample));
}

RunCounts RunSampling::counts(RunState::Clock::time_point now) const {
  const RunReport& report = parts_.report;
  return {.elapsed_s = seconds_between(parts_.state.began(), now),
          .ledger = parts_.progress.ledger(),
          .workers = parts_.pool.used(),
          .restarts = report.restarts,
          .retries = report.retries,
          .crashes = report.crashes,
          .input_bytes = report.input_bytes,
          .output_bytes = report.output_bytes};
}

SampleEntry RunSampling::last(const RunCounts& counts) {
  SampleEntry sample = entry(counts);
  sample.stages = buckets_of(parts_.report.stages);
  return sample;
}

SampleEntry RunSampling::entry(const RunCounts& counts) {
  return {.sample = {counts, parts_.status.resident_bytes()},
          .dropped = series_.add(milliseconds(counts.elapsed_s)),
          .stages = {}};
}

}  // namespace wm
