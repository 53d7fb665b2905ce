#include "supervisor/report/status_writer.h"

#include <exception>
#include <utility>

#include <fmt/format.h>

#include "supervisor/report/free_space.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

/// Why the file could not be written; "" when it was.
std::string problem_of_writing(const JobDirectory& job, const JobStatus& status) {
  try {
    write_job_status(job, status);
    return {};
  } catch (const std::exception& error) {
    return fmt::format("{} is not up to date: {}", status_file, one_line(error.what()));
  }
}

}  // namespace

StatusWriter::StatusWriter(JobDirectory job, std::string output, OnProblem on_problem)
    : job_(std::move(job)), output_(std::move(output)), writer_(status_file, std::move(on_problem)) {}

void StatusWriter::submit(JobStatus status) {
  const bool is_last = status.phase == JobPhase::finished;
  auto write = [job = job_, output = output_, status = std::move(status), is_last]() mutable {
    status.output_free_bytes = free_space(output);
    std::string problem = problem_of_writing(job, status);
    // The old file would pass for that of a run that died; and on a full disk, its room is what is missing.
    if (is_last && !problem.empty() && job.remove(status_file)) problem = problem_of_writing(job, status);
    return problem;
  };
  is_last ? writer_.submit_last(std::move(write)) : writer_.submit(std::move(write));
}

}  // namespace wm
