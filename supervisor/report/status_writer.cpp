#include "supervisor/report/status_writer.h"

#include <sys/statvfs.h>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "supervisor/text/escape.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 10s;

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

struct StatusWriter::Shared {
  Shared(JobDirectory job_directory, std::string output_directory, OnProblem problem)
      : job(std::move(job_directory)), output(std::move(output_directory)), on_problem(std::move(problem)) {}

  const JobDirectory job;
  const std::string output;
  const OnProblem on_problem;
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<JobStatus> next;
  bool ending = false;
  bool ended = false;
  bool abandoned = false;  // on_problem must not be called any more
};

StatusWriter::StatusWriter(JobDirectory job, std::string output, OnProblem on_problem)
    : shared_(std::make_shared<Shared>(std::move(job), std::move(output), std::move(on_problem))) {
  thread_ = std::thread([shared = shared_] { run(shared); });
}

StatusWriter::~StatusWriter() {
  std::unique_lock lock(shared_->mutex);
  shared_->ending = true;
  shared_->changed.notify_all();
  const bool ended = shared_->changed.wait_for(lock, patience, [this] { return shared_->ended; });
  shared_->abandoned = !ended;
  lock.unlock();
  ended ? thread_.join() : thread_.detach();
}

void StatusWriter::submit(JobStatus status) {
  const std::lock_guard lock(shared_->mutex);
  shared_->next = std::move(status);
  shared_->changed.notify_all();
}

void StatusWriter::run(const std::shared_ptr<Shared>& shared) {
  bool complained = false;
  std::unique_lock lock(shared->mutex);
  for (;;) {
    shared->changed.wait(lock, [&] { return shared->ending || shared->next; });
    if (!shared->next) break;
    JobStatus status = *std::exchange(shared->next, std::nullopt);
    lock.unlock();
    struct ::statvfs space {};
    if (::statvfs(shared->output.c_str(), &space) == 0)
      status.output_free_bytes = std::uint64_t{space.f_bavail} * space.f_frsize;
    std::string problem = problem_of_writing(shared->job, status);
    const bool is_last = status.phase == JobPhase::finished;
    // The old file would pass for that of a run that died; and on a full disk, its room is what is missing.
    if (is_last && !problem.empty() && shared->job.remove(status_file))
      problem = problem_of_writing(shared->job, status);
    lock.lock();
    if (problem.empty() || shared->abandoned) continue;
    if (!std::exchange(complained, true) || is_last) shared->on_problem(problem, is_last);
  }
  shared->ended = true;
  shared->changed.notify_all();
}

}  // namespace wm
