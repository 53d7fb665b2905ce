#include "tests/support/log_lines.h"

#include <regex>
#include <stdexcept>

namespace wm::test {
namespace {

std::string without_padding(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace

bool LogLine::is_final() const {
  if (level != "INFO" && level != "ERROR") return false;
  static const std::regex endings("(marked|unmarked|up to date|failed|quarantined) .*");
  return std::regex_match(message, endings);
}

std::optional<LogLine> parse_log_line(const std::string& line) {
  static const std::regex format(
      R"(^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) \| (.{10,}) \| (DEBUG   |INFO    |WARNING |ERROR   |CRITICAL) \| (.*)$)");
  // The name ends at the first separator; std::regex is greedy and would look for the last.
  std::smatch parts;
  const std::size_t separator = line.find(" | ", 27);
  if (separator == std::string::npos) return std::nullopt;
  const std::string head = line.substr(0, std::min(line.size(), separator + 14));
  if (!std::regex_match(head, parts, format)) return std::nullopt;
  return LogLine{.time = parts[1],
                 .name = without_padding(parts[2]),
                 .level = without_padding(parts[3]),
                 .message = line.substr(head.size())};
}

std::vector<LogLine> parse_log(const std::string& text) {
  std::vector<LogLine> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    const std::string line = text.substr(begin, end - begin);
    const auto parsed = end == std::string::npos ? std::nullopt : parse_log_line(line);
    if (!parsed) throw std::runtime_error("no line of the log's format: " + line);
    lines.push_back(*parsed);
    begin = end + 1;
  }
  return lines;
}

}  // namespace wm::test
