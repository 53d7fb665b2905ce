#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "common/os/realtime.h"
#include "supervisor/cli/exit_code.h"
#include "supervisor/cli/help_text.h"
#include "supervisor/cli/job_location.h"
#include "supervisor/commands/subcommands.h"
#include "supervisor/journal/job_lock.h"
#include "supervisor/report/status_text.h"
#include "supervisor/text/console.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr auto interval = 1s;

struct Seen {
  StoredStatus stored;
  JobState state{};
};

/// The holder is asked first: a run that ends in between is seen as running, not as dead.
Seen see(const JobDirectory& job) {
  const auto holder = JobLock::holder(job);
  auto stored = read_job_status(job);
  if (!stored) {
    throw UsageError(fmt::format("{} has no {}: no run of this version has opened the job yet",
                                 shown_path(job.path()), status_file));
  }
  const JobState state = job_state(stored->status, holder);
  return {*std::move(stored), state};
}

/// The object of the file with one more member at its beginning.
std::string with_state(const Seen& seen) {
  const std::string& text = seen.stored.text;
  return fmt::format("{{\n  \"state\": \"{}\",{}", job_state_names[static_cast<std::size_t>(seen.state)],
                     text.substr(text.find('{') + 1));
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
    const Seen seen = see(job);
    std::string text = line.has("json") ? with_state(seen)
                                        : status_text(seen.stored.status, seen.state, realtime_ns(),
                                                      in_place ? help_columns() : 80);
    if (in_place) text = (first ? "\x1b[2J" : "") + over_the_last(text);
    if (!print_out(text)) return exit_some_failed;
    if (seen.state != JobState::running) return status_not_running;
    if (!line.has("watch")) return exit_all_done;
    std::this_thread::sleep_for(interval);
  }
}

}  // namespace wm
