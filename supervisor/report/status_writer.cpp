#include "supervisor/report/status_writer.h"

#include <sys/statvfs.h>

#include <exception>
#include <utility>

#include <fmt/format.h>

#include "supervisor/text/escape.h"

namespace wm {

StatusWriter::StatusWriter(JobDirectory job, std::string output,
                           std::function<void(const std::string&)> on_problem)
    : job_(std::move(job)), output_(std::move(output)), on_problem_(std::move(on_problem)) {
  thread_ = std::thread([this] { run(); });
}

StatusWriter::~StatusWriter() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void StatusWriter::submit(JobStatus status) {
  {
    const std::lock_guard lock(mutex_);
    next_ = std::move(status);
  }
  changed_.notify_one();
}

void StatusWriter::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || next_; });
    if (!next_) return;
    JobStatus status = *std::exchange(next_, std::nullopt);
    lock.unlock();
    write(std::move(status));
    lock.lock();
  }
}

void StatusWriter::write(JobStatus status) {
  struct ::statvfs space {};
  if (::statvfs(output_.c_str(), &space) == 0)
    status.output_free_bytes = std::uint64_t{space.f_bavail} * space.f_frsize;
  try {
    write_job_status(job_, status);
  } catch (const std::exception& error) {
    if (!std::exchange(complained_, true))
      on_problem_(fmt::format("{} is not up to date: {}", status_file, one_line(error.what())));
  }
}

}  // namespace wm
