#include "supervisor/log/log_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "common/os/errno_error.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr auto pause_of_reader = 20ms;  // the reader of a FIFO, or a terminal, cannot keep up

std::uint64_t size_of(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

}  // namespace

void LogFile::open(LogPlace place) {
  file_ = place.open();
  place_ = std::move(place);
  size_ = size_of(file_.get());
}

void LogFile::flush(Clock::time_point now) {
  if (!file_ || pending_.empty() || now < retry_at_) return;
  problem_.clear();
  reader_is_behind_ = false;
  while (!pending_.empty() && problem_.empty() && !reader_is_behind_) {
    std::size_t bytes = pending_.size();
    if (partial_ > 0) {
      bytes = pending_.find('\n') + 1;
    } else if (rotation_ && now >= rotate_after_) {
      // Rotate between lines only: as many whole lines as fit, but at least one.
      const std::uint64_t room = size_ < rotation_->bytes ? rotation_->bytes - size_ : 0;
      if (room < bytes) {
        const std::size_t last_fitting = room == 0 ? std::string::npos : pending_.rfind('\n', room - 1);
        if (last_fitting == std::string::npos && size_ > 0) {
          if (!rotate()) rotate_after_ = now + 1min;  // the file grows meanwhile, and nothing is lost
          continue;
        }
        bytes = last_fitting == std::string::npos ? pending_.find('\n') + 1 : last_fitting + 1;
      }
    }
    write_whole(bytes);
  }
  if (!problem_.empty()) retry_at_ = now + 1s;
  if (reader_is_behind_) retry_at_ = now + pause_of_reader;
}

void LogFile::write_whole(std::size_t bytes) {
  std::size_t written = partial_;
  while (written < bytes) {
    const auto got = ::write(file_.get(), pending_.data() + written, bytes - written);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      if (errno == EAGAIN) {
        reader_is_behind_ = true;
      } else {
        fail(errno);
      }
      break;
    }
    written += static_cast<std::size_t>(got);
  }
  size_ += written - partial_;
  // A line stays pending until the whole of it is in the file.
  const std::size_t line_end = written == 0 ? std::string::npos : pending_.rfind('\n', written - 1);
  const std::size_t whole = line_end == std::string::npos ? 0 : line_end + 1;
  pending_.erase(0, whole);
  partial_ = written - whole;
}

/// False: the old files could not be moved; the present one stays in use.
bool LogFile::rotate() {
  bool moved = true;
  for (unsigned number = rotation_->files; number >= 1 && moved; --number) {
    moved = place_->shift(number) || errno == ENOENT;
  }
  if (rotation_->files == 0) moved = place_->remove() || errno == ENOENT;
  if (moved) reopen();
  return moved;
}

void LogFile::reopen() {
  if (!place_) return;
  take_back_partial_line();  // the new file gets it whole
  try {
    file_ = place_->open();
    size_ = size_of(file_.get());
    return;  // else the old file stays in use
  } catch (const std::system_error& error) {
    fail(error.code().value());
  } catch (const UsageError& error) {
    problem_ = error.what();
  }
  size_ = 0;
}

void LogFile::fail(int error) {
  problem_ = errno_text(error);
}

std::uint64_t LogFile::abandon_backlog() {
  const auto lines = static_cast<std::uint64_t>(std::count(pending_.begin(), pending_.end(), '\n'));
  pending_.clear();
  take_back_partial_line();
  return lines;
}

void LogFile::take_back_partial_line() noexcept {
  if (partial_ == 0) return;
  struct stat status {};
  const bool untouched = ::fstat(file_.get(), &status) == 0 && S_ISREG(status.st_mode) &&
                         static_cast<std::uint64_t>(status.st_size) == size_;  // by others
  if (untouched && ::ftruncate(file_.get(), static_cast<off_t>(size_ - partial_)) == 0) size_ -= partial_;
  partial_ = 0;
}

}  // namespace wm
