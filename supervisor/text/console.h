#pragma once

// Messages for the user. A closed terminal, or a full disk at the other end of stderr, must never stop a job,
// so nothing here throws. Failed writes to stdout are remembered until the end. Any thread.

#include <string>
#include <string_view>

namespace wm {

/// Writes to stderr, unchanged.
void say(std::string_view text) noexcept;
/// Writes one line to stderr: "wm-supervisor: TEXT".
void complain(std::string_view text) noexcept;
/// Writes to stdout. False: it failed.
bool print_out(std::string_view text) noexcept;
/// The errno of the first failed write to stdout; 0 when all succeeded. A reader that left early (a closed
/// pipe or terminal) wanted no more, which is not a failure.
[[nodiscard]] int print_error() noexcept;

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
/// receives messages meant for a person. Call it first in main.
void secure_standard_descriptors() noexcept;

}  // namespace wm
