#include "supervisor/pool/process_status.h"

#include <unistd.h>

#include <charconv>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace wm {
namespace {

constexpr int field_of_state = 3;
constexpr int field_of_parent = 4;
constexpr int field_of_start = 22;

template <class Number>
Number number_in(std::string_view text) {
  Number number{};
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::optional<ProcessStatus> process_status(pid_t pid) {
  if (pid <= 0) return std::nullopt;
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  // The name in parentheses may contain anything, even blanks and parentheses.
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(line.substr(name_end + 1));
  ProcessStatus status;
  std::string field;
  for (int number = field_of_state; number <= field_of_start; ++number) {
    if (!(fields >> field)) return std::nullopt;
    if (number == field_of_state) status.state = field.front();
    if (number == field_of_parent) status.parent = number_in<pid_t>(field);
    if (number == field_of_start) status.start_ticks = number_in<std::uint64_t>(field);
  }
  return status;
}

bool has_own_user(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/status", pid));
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("Uid:")) continue;
    std::istringstream fields(line.substr(4));
    uid_t real = 0;
    uid_t effective = 0;
    uid_t saved = 0;
    const uid_t own = ::geteuid();
    return fields >> real >> effective >> saved && real == own && effective == own && saved == own;
  }
  return false;
}

}  // namespace wm
