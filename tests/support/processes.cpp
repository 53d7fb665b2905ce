#include "tests/support/processes.h"

#include <charconv>
#include <filesystem>
#include <sstream>
#include <string_view>

#include "tests/support/files.h"

namespace wm::test {
namespace {

/// "STATE PARENT ..." of /proc/PID/stat, which begins with "PID (NAME) ", and NAME may hold anything.
std::string state_and_parent(pid_t pid) {
  const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t end_of_name = stat.rfind(')');
  return end_of_name == std::string::npos ? "X 0" : stat.substr(end_of_name + 2);
}

}  // namespace

char process_state(pid_t pid) {
  return state_and_parent(pid).front();
}

std::vector<std::string> named_shared_memory_of(pid_t pid) {
  constexpr std::string_view place = "/dev/shm/";
  const std::string process = "/proc/" + std::to_string(pid);
  std::vector<std::string> found;
  std::istringstream maps(read_file(process + "/maps"));
  for (std::string line; std::getline(maps, line);) {
    if (line.find(place) != std::string::npos) found.push_back(line);
  }
  std::error_code gone;
  for (std::filesystem::directory_iterator entry(process + "/fd", gone), end; entry != end;
       entry.increment(gone)) {
    const std::string target = std::filesystem::read_symlink(entry->path(), gone).string();
    if (target.starts_with(place)) found.push_back(target);
  }
  return found;
}

pid_t parent_of(pid_t pid) {
  return static_cast<pid_t>(std::stol(state_and_parent(pid).substr(2)));
}

std::vector<pid_t> processes_with(const std::string& variable, const std::string& name) {
  std::vector<pid_t> found;
  std::error_code gone;
  for (std::filesystem::directory_iterator entry("/proc", gone), end; entry != end; entry.increment(gone)) {
    const std::string number = entry->path().filename().string();
    pid_t pid = 0;
    const auto [last, error] = std::from_chars(number.data(), number.data() + number.size(), pid);
    if (error != std::errc{} || last != number.data() + number.size()) continue;
    if (!read_file(entry->path() / "comm").starts_with(name.substr(0, 15))) continue;
    const char state = process_state(pid);
    if (state == 'Z' || state == 'X') continue;
    const std::string environment = '\0' + read_file(entry->path() / "environ");
    if (environment.find('\0' + variable + '\0') != std::string::npos) found.push_back(pid);
  }
  return found;
}

}  // namespace wm::test
