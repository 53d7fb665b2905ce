#pragma once

// Messages for the user. A closed terminal, or a full disk at the other end of stderr, must never stop a job,
// so nothing here throws. Failed writes to stdout are remembered until the end. Any thread.
//
// On a terminal, a status line may stand below everything else: whatever is written here goes above it.

#include <cstddef>
#include <string>
#include <string_view>

#include "supervisor/text/journal_stream.h"

namespace wm {

/// Writes whole lines to stderr, unchanged.
void say(std::string_view text) noexcept;
/// The same for at most 4096 bytes, but writes nothing when it would have to wait for a reader.
void say_if_possible(std::string_view text) noexcept;
/// Writes one line to stderr: "wm-supervisor: TEXT". Systemd's journal gets it with the priority.
void complain(std::string_view text, JournalPriority priority = JournalPriority::error) noexcept;
/// The same, but writes nothing when it would have to wait for a reader.
void complain_if_possible(std::string_view text, JournalPriority priority = JournalPriority::error) noexcept;
/// From now on, a stderr that nobody reads is waited for five seconds at most; what it has no room for then
/// is lost, and nothing waits again until it takes more. For jobs; before that, a pager may take its time.
void bound_waiting_for_stderr() noexcept;
/// How many of the bytes `fd` takes without waiting, although it may block, and must stay so: all who share
/// it would notice. A pipe that can be written takes PIPE_BUF bytes. Whole lines where possible, since others
/// write there, too.
[[nodiscard]] std::size_t writable_now(int fd, std::string_view lines) noexcept;
/// Writes to stdout. False: it failed.
bool print_out(std::string_view text) noexcept;
/// The errno of the first failed write to stdout; 0 when all succeeded. When nobody reads it (a closed pipe,
/// terminal or descriptor), nothing more is wanted, which is not a failure.
[[nodiscard]] int print_error() noexcept;

/// Draws the status line on stderr, which is a terminal, or draws it anew. `line`: shorter than the terminal
/// is wide. The cursor stays at its beginning: when a terminal that becomes narrower wraps the line, the rest
/// of it is below the cursor, and the next drawing clears it. Does nothing while the terminal is stopped
/// (Ctrl-S), or while another thread writes.
void draw_status_line(std::string_view line) noexcept;
void remove_status_line() noexcept;

/// Many lines for stdout, printed in blocks; the destructor prints the last one.
class PrintedLines {
 public:
  PrintedLines() = default;
  ~PrintedLines() { flush(); }
  PrintedLines(const PrintedLines&) = delete;
  PrintedLines& operator=(const PrintedLines&) = delete;

  /// Throws std::bad_alloc.
  void add(std::string_view text);

 private:
  void flush() noexcept;

  std::string pending_;
};

/// Opens /dev/null in place of closed standard descriptors, so that no other file takes their numbers and
/// receives messages meant for a person. Writing to a stdout that was closed fails. Call it first in main.
void secure_standard_descriptors() noexcept;

}  // namespace wm
