#pragma once

// Standard error is a pipe while this lives. One thread.

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "common/os/unique_fd.h"
#include "tests/support/catch.h"

namespace wm::test {

class PipeAsStderr {
 public:
  PipeAsStderr() : before_(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    read_end_.reset(ends[0]);
    REQUIRE(::dup2(ends[1], STDERR_FILENO) == STDERR_FILENO);
    ::close(ends[1]);
  }
  ~PipeAsStderr() { ::dup2(before_.get(), STDERR_FILENO); }
  PipeAsStderr(const PipeAsStderr&) = delete;
  PipeAsStderr& operator=(const PipeAsStderr&) = delete;

  /// What is in the pipe; waits while it is empty.
  std::string read() {
    std::string text(std::size_t{1} << 20, '\0');
    const ssize_t got = ::read(read_end_.get(), text.data(), text.size());
    text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return text;
  }
  /// Waits for that.
  std::string read_to(std::string_view end) {
    std::string text;
    while (!text.ends_with(end)) text += read();
    return text;
  }
  void close_reader() { read_end_.reset(); }

 private:
  UniqueFd before_, read_end_;
};

}  // namespace wm::test
