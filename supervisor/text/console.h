#pragma once

// Words for the user. A terminal that went away or a full disk behind stderr must never
// stop a job, so nothing here throws. What stdout did not take is remembered until the end. Any thread.

#include <string>
#include <string_view>

namespace wm {

/// To stderr, as it is.
void say(std::string_view text) noexcept;
/// To stderr as one line: "wm-supervisor: TEXT".
void complain(std::string_view text) noexcept;
/// To stdout. False: it did not arrive.
bool print_out(std::string_view text) noexcept;
/// Why something of what was printed did not arrive, an errno; 0 when all did. Somebody who left before the
/// end (a pipe without a reader, a terminal that went away) wanted no more, which is no failure.
[[nodiscard]] int print_error() noexcept;

/// Many lines for stdout, printed in blocks, the last one at the end.
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

/// Opens /dev/null in place of standard descriptors that are closed, so that no other file takes their
/// numbers and gets what is meant for a person. First thing in main.
void secure_standard_descriptors() noexcept;

}  // namespace wm
