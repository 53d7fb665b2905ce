#pragma once

// systemd's journal as the other end of standard error. It takes the priority of each line from a prefix such
// as "<3>" (sd-daemon(3)), and says by the variable JOURNAL_STREAM that it is there (systemd.exec(5)). Any
// thread, as long as no thread changes the environment.

#include <cstdint>
#include <string>
#include <string_view>

namespace wm {

/// Those of syslog(3).
enum class JournalPriority : std::uint8_t {
  critical = 2,
  error = 3,
  warning = 4,
  notice = 5,
  info = 6,
  debug = 7
};

/// Whether `descriptor` is the file that `journal_stream`, the value of JOURNAL_STREAM, names:
/// "DEVICE:INODE", both decimal.
[[nodiscard]] bool is_journal_stream(int descriptor, std::string_view journal_stream) noexcept;

/// For standard error and the program's environment, as they were at the first call.
[[nodiscard]] bool stderr_is_journal() noexcept;

/// "<3>"
[[nodiscard]] std::string_view prefix_of(JournalPriority priority) noexcept;

/// The text with the prefix before each of its lines.
[[nodiscard]] std::string with_priority(std::string_view text, JournalPriority priority);

}  // namespace wm
