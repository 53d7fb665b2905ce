#include "supervisor/report/background_writer.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace wm {

struct BackgroundWriter::Shared {
  explicit Shared(OnProblem problem) : on_problem(std::move(problem)) {}

  struct Version {
    Write write;
    bool is_last = false;
  };
  const OnProblem on_problem;
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Version> next;
  bool ending = false;
  bool ended = false;
  bool reporting = false;  // on_problem is being called, without the mutex
  bool abandoned = false;  // on_problem must not be called any more
};

BackgroundWriter::BackgroundWriter(std::string file, OnProblem on_problem)
    : shared_(std::make_shared<Shared>(std::move(on_problem))), file_(std::move(file)) {
  thread_ = std::thread([shared = shared_] { run(shared); });
}

void BackgroundWriter::end(Clock::time_point deadline) {
  if (!thread_.joinable()) return;
  std::unique_lock lock(shared_->mutex);
  shared_->ending = true;
  shared_->changed.notify_all();
  const bool ended = shared_->changed.wait_until(lock, deadline, [this] { return shared_->ended; });
  shared_->abandoned = !ended;
  shared_->changed.wait(lock, [this] { return !shared_->reporting; });
  lock.unlock();
  if (ended) return thread_.join();
  thread_.detach();
  shared_->on_problem(fmt::format("{} is not up to date: writing it takes too long", file_), true);
}

void BackgroundWriter::submit(Write write, bool is_last) {
  const std::lock_guard lock(shared_->mutex);
  shared_->next = Shared::Version{std::move(write), is_last};
  shared_->changed.notify_all();
}

void BackgroundWriter::run(const std::shared_ptr<Shared>& shared) {
  bool complained = false;
  std::unique_lock lock(shared->mutex);
  for (;;) {
    shared->changed.wait(lock, [&] { return shared->ending || shared->next; });
    if (!shared->next) break;
    const Shared::Version version = *std::exchange(shared->next, std::nullopt);
    lock.unlock();
    const std::string problem = version.write();
    lock.lock();
    if (shared->abandoned) break;
    const bool is_known = std::exchange(complained, !problem.empty());
    if (problem.empty() || (is_known && !version.is_last)) continue;
    shared->reporting = true;
    lock.unlock();
    shared->on_problem(problem, version.is_last);
    lock.lock();
    shared->reporting = false;
    shared->changed.notify_all();
  }
  shared->ended = true;
  shared->changed.notify_all();
}

}  // namespace wm
