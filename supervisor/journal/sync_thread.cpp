#include "supervisor/journal/sync_thread.h"

#include <system_error>
#include <utility>

#include "common/kill_point/kill_point.h"
#include "supervisor/journal/output_file_systems.h"

namespace wm {

SyncThread::SyncThread(std::function<void()> on_done)
    : on_done_(std::move(on_done)), thread_(&SyncThread::run, this) {}

SyncThread::~SyncThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void SyncThread::begin(std::vector<int> descriptors) {
  {
    const std::lock_guard lock(mutex_);
    descriptors_ = std::move(descriptors);
    state_ = State::wanted;
  }
  changed_.notify_one();
}

bool SyncThread::running() const {
  const std::lock_guard lock(mutex_);
  return state_ != State::idle;
}

bool SyncThread::has_failed() const {
  const std::lock_guard lock(mutex_);
  return error_ != nullptr;
}

void SyncThread::require() const {
  const std::lock_guard lock(mutex_);
  if (error_) std::rethrow_exception(error_);
}

void SyncThread::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || state_ == State::wanted; });
    if (state_ != State::wanted) return;
    state_ = State::running;
    const std::vector<int> descriptors = std::exchange(descriptors_, {});
    lock.unlock();
    std::exception_ptr error;
    kill_point(KillPoint::outputs_syncing);
    try {
      sync_file_systems(descriptors);
    } catch (const std::system_error&) {
      error = std::current_exception();
    }
    kill_point(KillPoint::outputs_synced);
    lock.lock();
    error_ = std::move(error);
    state_ = State::idle;
    lock.unlock();
    on_done_();
    lock.lock();
  }
}

}  // namespace wm
