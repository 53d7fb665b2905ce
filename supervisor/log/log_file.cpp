#include "supervisor/log/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "common/os/errno_error.h"
#include "supervisor/text/console.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr auto pause_of_reader = 20ms;  // the reader of a FIFO, or a terminal, cannot keep up

std::uint64_t size_of(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

std::uint64_t lines_in(std::string_view text) {
  return static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
}

bool is_out_of_space(int error) {
  return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

}  // namespace

void LogFile::open_stderr() {
  file_.reset(check_errno(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0), "cannot log to standard error"));
  place_.reset();
  rotation_.reset();
}

void LogFile::open(LogPlace place) {
  use(place.open());
  place_ = std::move(place);
}

void LogFile::use(LogPlace::Opened opened) {
  file_ = std::move(opened.fd);
  can_rotate_ = opened.can_rotate;
  size_ = size_of(file_.get());
}

void LogFile::flush(Clock::time_point now) {
  if (!file_ || pending_.empty() || now < retry_at_) return;
  if (place_ && !place_->may_write()) {
    lost_ += lines_in(pending_);
    pending_.clear();
    partial_ = 0;
    return;
  }
  problem_.clear();
  reader_is_behind_ = false;
  while (!pending_.empty() && problem_.empty() && !reader_is_behind_) {
    std::size_t bytes = pending_.size();
    if (partial_ > 0) {
      bytes = pending_.find('\n') + 1;
    } else if (rotation_ && can_rotate_ && now >= rotate_after_) {
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
    std::size_t piece = bytes - written;
    if (!place_) piece = writable_now(file_.get(), std::string_view(pending_).substr(written, piece));
    const auto got = piece == 0 ? 0 : ::write(file_.get(), pending_.data() + written, piece);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      if (piece == 0 || errno == EAGAIN) {
        reader_is_behind_ = true;
      } else if (!place_ && !is_out_of_space(errno)) {  // a closed pipe or terminal
        lost_ += abandon_backlog();
        return;
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
  written_ += lines_in(std::string_view(pending_).substr(0, whole));
  pending_.erase(0, whole);
  partial_ = written - whole;
}

/// False: the old files could not be moved; the present one stays in use.
bool LogFile::rotate() {
  try {
    place_->rotate(rotation_->files);
    rotation_problem_.clear();
  } catch (const std::system_error& error) {
    rotation_problem_ = error.what();
    return false;
  } catch (const UsageError& error) {
    rotation_problem_ = error.what();
    return false;
  }
  reopen();
  return true;
}

void LogFile::reopen() {
  if (!place_ || !place_->may_write()) return;
  take_back_partial_line();  // the new file gets it whole
  try {
    use(place_->open());
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
  const std::uint64_t lines = lines_in(pending_);
  pending_.clear();
  take_back_partial_line();
  return lines;
}

void LogFile::take_back_partial_line() noexcept {
  if (partial_ == 0 || !place_) {
    partial_ = 0;
    return;
  }
  struct stat status {};
  const bool untouched = ::fstat(file_.get(), &status) == 0 && S_ISREG(status.st_mode) &&
                         static_cast<std::uint64_t>(status.st_size) == size_;  // by others
  if (untouched && ::ftruncate(file_.get(), static_cast<off_t>(size_ - partial_)) == 0) size_ -= partial_;
  partial_ = 0;
}

}  // namespace wm
