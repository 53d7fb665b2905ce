#include "supervisor/text/console.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <new>
#include <string>

#include <climits>

#include "supervisor/text/journal_stream.h"

namespace wm {
namespace {

std::atomic<int> first_print_error{0};

constexpr std::string_view clear_below = "\r\033[J";
std::mutex stderr_mutex;
/// With its sequences, "" for none; guarded by the mutex. Never destroyed: a thread may outlive main().
std::string& status_line = *new std::string;
std::atomic<bool> status_line_is_shown{false};

enum class Patience : std::uint8_t { none, usual };
using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds longest_wait{5};
std::atomic<bool> waiting_is_bounded{false};
bool reader_is_stuck = false;  // guarded by the mutex

bool write_all(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written == 0) errno = ENOSPC;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// Not while the user has stopped the terminal, or a pipe is full: nobody should wait for that.
bool takes_more(int fd) {
  pollfd terminal{.fd = fd, .events = POLLOUT, .revents = 0};
  return ::poll(&terminal, 1, 0) == 1 && (terminal.revents & POLLOUT) != 0;
}

/// Until stderr takes more, or has no reader any more. False: it took too long.
bool await_reader(Clock::time_point deadline) noexcept {
  for (;;) {
    int timeout = -1;
    if (waiting_is_bounded) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      timeout = static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
    }
    pollfd reader{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
    const int ready = ::poll(&reader, 1, timeout);
    if (ready < 0 && errno == EINTR) continue;
    return ready != 0;
  }
}

/// Call it with the mutex held. What a stuck reader has no room for is lost.
void write_to_stderr(std::string_view text, Patience patience) noexcept {
  const auto deadline = Clock::now() + longest_wait;
  while (!text.empty()) {
    const std::size_t piece = writable_now(STDERR_FILENO, text);
    if (piece > 0) {
      reader_is_stuck = false;
      if (!write_all(STDERR_FILENO, text.substr(0, piece))) return;
      text.remove_prefix(piece);
    } else if (patience == Patience::none || reader_is_stuck) {
      return;
    } else {
      reader_is_stuck = !await_reader(deadline);
    }
  }
}

void say(std::string_view text, Patience patience) noexcept {
  if (text.empty()) return;
  try {
    const std::lock_guard lock(stderr_mutex);
    if (status_line.empty()) {
      write_to_stderr(text, patience);
    } else {  // all at once, so that nothing flickers
      write_to_stderr(std::string(clear_below).append(text).append(status_line), patience);
    }
  } catch (const std::exception&) {
    write_to_stderr(text, patience);
  }
}

void complain(std::string_view text, JournalPriority priority, Patience patience) noexcept {
  try {
    // A single write, so that lines do not mix.
    const std::string line = std::string("wm-supervisor: ").append(text).append("\n");
    say(stderr_is_journal() ? with_priority(line, priority) : line, patience);
  } catch (const std::bad_alloc&) {
    say(text, patience);
  }
}

/// The errno of writing to stdout, 0 when it succeeded.
int error_of_printing(std::string_view text) noexcept {
  const auto print = [&] { return write_all(STDOUT_FILENO, text) ? 0 : errno; };
  if (!status_line_is_shown || ::isatty(STDOUT_FILENO) != 1) return print();
  const std::lock_guard lock(stderr_mutex);  // it may be the same terminal
  write_to_stderr(clear_below, Patience::usual);
  const int error = print();
  write_to_stderr(status_line, Patience::usual);
  return error;
}

}  // namespace

std::size_t writable_now(int fd, std::string_view lines) noexcept {
  struct stat status {};
  if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) return lines.size();
  pollfd reader{.fd = fd, .events = POLLOUT, .revents = 0};
  if (::poll(&reader, 1, 0) != 1) return 0;
  if (lines.size() <= PIPE_BUF) return lines.size();
  const std::size_t end = lines.rfind('\n', PIPE_BUF - 1);
  return end == std::string_view::npos ? PIPE_BUF : end + 1;
}

void say(std::string_view text) noexcept {
  say(text, Patience::usual);
}

void say_if_possible(std::string_view text) noexcept {
  say(text, Patience::none);
}

void complain(std::string_view text, JournalPriority priority) noexcept {
  complain(text, priority, Patience::usual);
}

void complain_if_possible(std::string_view text, JournalPriority priority) noexcept {
  complain(text, priority, Patience::none);
}

void bound_waiting_for_stderr() noexcept {
  waiting_is_bounded = true;
}

void draw_status_line(std::string_view line) noexcept {
  try {
    const std::unique_lock lock(stderr_mutex, std::try_to_lock);
    if (!lock.owns_lock() || !takes_more(STDERR_FILENO)) return;
    // Without wrapping, should the terminal have become narrower in this moment.
    status_line = std::string("\r\033[?7l").append(line).append("\033[?7h\033[J\r");
    status_line_is_shown = true;
    write_to_stderr(status_line, Patience::none);
  } catch (const std::exception&) {  // no memory: the old line stays
    return;
  }
}

void remove_status_line() noexcept {
  try {
    const std::lock_guard lock(stderr_mutex);
    if (status_line.empty()) return;
    status_line.clear();
    status_line_is_shown = false;
    write_to_stderr(clear_below, Patience::usual);
  } catch (const std::exception&) {
    return;
  }
}

bool print_out(std::string_view text) noexcept {
  const int error = error_of_printing(text);
  int none = 0;
  const bool has_reader = error != EPIPE && error != EIO && error != EBADF;
  if (error != 0 && has_reader) first_print_error.compare_exchange_strong(none, error);
  return error == 0;
}

int print_error() noexcept {
  return first_print_error;
}

void PrintedLines::add(std::string_view text) {
  constexpr std::size_t block = std::size_t{1} << 16;
  pending_ += text;
  if (pending_.size() >= block) flush();
}

void PrintedLines::flush() noexcept {
  print_out(pending_);
  pending_.clear();
}

void secure_standard_descriptors() noexcept {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    // open() takes the lowest free number, which is the closed one. What is printed to a closed stdout must
    // fail.
    if (::fcntl(fd, F_GETFD) < 0) [[maybe_unused]]
      const int opened = ::open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR);
  }
}

}  // namespace wm
