#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "supervisor/cli/exit_code.h"
#include "supervisor/commands/job_location.h"
#include "supervisor/commands/subcommands.h"
#include "supervisor/report/seen_status.h"
#include "supervisor/text/console.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr auto interval = 1s;

/// The object of the file with one more member at its beginning.
std::string with_state(const SeenStatus& seen) {
  const auto state = job_state_names[static_cast<std::size_t>(seen.state)];
  if (!seen.stored) return fmt::format("{{\n  \"state\": \"{}\"\n}}\n", state);
  const std::string& text = seen.stored->text;
  return fmt::format("{{\n  \"state\": \"{}\",{}", state, text.substr(text.find('{') + 1));
}

std::size_t terminal_columns() {
  winsize window{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0 ? window.ws_col : 80;
}

/// In place: each line is cleared as it is written, and what is left below at the end, so that nothing
/// flickers.
std::string over_the_last(const std::string& text) {
  std::string frame = "\x1b[H";
  for (const char byte : text) frame += byte == '\n' ? std::string("\x1b[K\n") : std::string(1, byte);
  return frame + "\x1b[J";
}

}  // namespace

int show_status(const SubcommandLine& line) {
  const JobDirectory job = find_job_directory(line.operand());
  const bool in_place = line.has("watch") && !line.has("json") && ::isatty(STDOUT_FILENO) == 1;
  for (bool first = true;; first = false) {
    const SeenStatus seen = see_status(job);
    std::string text = line.has("json") ? with_state(seen)
                                        : seen_status_text(seen, in_place ? terminal_columns() : SIZE_MAX);
    if (in_place) text = (first ? "\x1b[2J" : "") + over_the_last(text);
    if (!print_out(text)) return exit_some_failed;
    if (seen.state != JobState::running) return status_not_running;
    if (!line.has("watch")) return exit_all_done;
    std::this_thread::sleep_for(interval);
  }
}

}  // namespace wm
