#include "supervisor/run/metrics_report.h"

#include <chrono>
#include <exception>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "supervisor/cli/exit_code.h"
#include "supervisor/report/free_space.h"
#include "supervisor/report/metrics_file.h"
#include "supervisor/run/job_files.h"
#include "supervisor/text/console.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr auto metrics_interval = 15s;

}  // namespace

void MetricsReport::open(const RunTimes& times, const std::optional<JobDirectory>& job) {
  if (settings_.metrics_file.empty()) return;
  job_ = measured_job(settings_);
  times_ = times;
  directory_ = job;
  const auto on_problem = [&log = log_](const std::string& problem, bool at_the_end) {
    at_the_end ? complain(problem) : log.log(LogLevel::warning, problem);
  };
  try {
    writer_.emplace(shown_path(settings_.metrics_file), on_problem);
  } catch (const std::system_error& error) {
    log_.log(LogLevel::warning, fmt::format("no metrics: {}", one_line(error.what())));
  }
}

void MetricsReport::take(const JobStatus& status, RunState::Clock::time_point now) {
  if (!writer_) return;
  if (now < due_ && due_ - now <= metrics_interval) return;  // the clock goes back after a suspension
  due_ = now + metrics_interval;
  writer_->submit(write_of(status));
}

void MetricsReport::finish(const JobStatus& status) {
  if (!writer_) return;
  if (status.exit_code == exit_all_done) times_.last_success_s = status.updated_ns / 1'000'000'000;
  writer_->submit_last(write_of(status));
}

void MetricsReport::end(BackgroundWriter::Clock::time_point deadline) {
  if (writer_) writer_->end(deadline);
  writer_.reset();
}

BackgroundWriter::Write MetricsReport::write_of(const JobStatus& status) const {
  JobMetrics metrics{.job = job_,
                     .status = status,
                     .failures = report_.failures,
                     .stages = report_.stages,
                     .first_start_s = times_.first_start_s,
                     .last_success_s = times_.last_success_s};
  return [metrics = std::move(metrics), file = MetricsFile(settings_.metrics_file, job_),
          output = settings_.output, directory = directory_]() mutable -> std::string {
    metrics.status.output_free_bytes = free_space(output);
    try {
      file.write(metrics_text(metrics), [&] {
        if (directory) directory->require_may_change();
      });
      return {};
    } catch (const std::exception& error) {
      return fmt::format("the metrics in {} are not up to date: {}", shown_path(file.path()),
                         one_line(error.what()));
    }
  };
}

}  // namespace wm
