#pragma once

// Reads the log as the contract describes it, knowing nothing of the code that writes it.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wm::test {

struct LogLine {
  std::string time, name, level, message;  // without padding
  /// INFO or ERROR, and says that an input has its outcome.
  [[nodiscard]] bool is_final() const;
};

/// None when the line breaks the contract's format.
[[nodiscard]] std::optional<LogLine> parse_log_line(const std::string& line);

/// Throws std::runtime_error with the first line that breaks the format or lacks its line break.
[[nodiscard]] std::vector<LogLine> parse_log(const std::string& text);

}  // namespace wm::test
