#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace wm::test {

/// That no more files can be opened than so many.
class FilesLeft {
 public:
  explicit FilesLeft(unsigned count) {
    const int first_free = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::close(first_free);
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = static_cast<rlim_t>(first_free) + count;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  ~FilesLeft() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  FilesLeft(const FilesLeft&) = delete;
  FilesLeft& operator=(const FilesLeft&) = delete;

 private:
  rlimit before_{};
};

}  // namespace wm::test
