#include "supervisor/journal/sync_thread.h"

#include <unistd.h>

#include <cerrno>

#include "common/kill_point/kill_point.h"

namespace wm {

SyncThread::SyncThread(int fd, std::function<void()> on_done)
    : fd_(fd), on_done_(std::move(on_done)), thread_(&SyncThread::run, this) {}

SyncThread::~SyncThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void SyncThread::begin() {
  {
    const std::lock_guard lock(mutex_);
    state_ = State::wanted;
  }
  changed_.notify_one();
}

bool SyncThread::running() const {
  const std::lock_guard lock(mutex_);
  return state_ != State::idle;
}

int SyncThread::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

void SyncThread::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || state_ == State::wanted; });
    if (state_ != State::wanted) return;
    state_ = State::running;
    lock.unlock();
    kill_point(KillPoint::outputs_syncing);
    const int error = ::syncfs(fd_) == 0 ? 0 : errno;
    kill_point(KillPoint::outputs_synced);
    lock.lock();
    error_ = error;
    state_ = State::idle;
    lock.unlock();
    on_done_();
    lock.lock();
  }
}

}  // namespace wm
