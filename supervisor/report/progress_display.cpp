#include "supervisor/report/progress_display.h"

#include <unistd.h>

#include <fmt/format.h>

#include "supervisor/text/console.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr auto in_place_interval = 200ms;
constexpr auto line_interval = 30s;

}  // namespace

ProgressDisplay::ProgressDisplay(ProgressMode mode, bool quiet, bool shares_terminal, Clock::time_point began)
    : shown_(began) {
  const bool wanted = mode == ProgressMode::always || (mode == ProgressMode::automatic && !quiet);
  const bool terminal = ::isatty(STDERR_FILENO) == 1 && !shares_terminal;
  in_place_ = wanted && (terminal || mode == ProgressMode::always);
  as_lines_ = wanted && !in_place_;
}

void ProgressDisplay::tick(Clock::time_point now, const Source& source) {
  const auto interval = in_place_ ? Clock::duration(in_place_interval) : Clock::duration(line_interval);
  if (now - shown_ < interval) return;
  shown_ = now;
  if (in_place_) {
    say(fmt::format("\r\033[K{}", progress_line(source())));
  } else if (as_lines_) {
    complain(progress_line(source()));
  }
}

void ProgressDisplay::finish(const Source& source) const {
  if (in_place_) say(fmt::format("\r\033[K{}\n", progress_line(source())));
}

}  // namespace wm
