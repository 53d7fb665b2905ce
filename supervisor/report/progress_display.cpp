#include "supervisor/report/progress_display.h"

#include <langinfo.h>
#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "supervisor/text/console.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr auto in_place_interval = 200ms;
constexpr auto line_interval = 30s;

/// Of the terminal on stderr. One column stays free: a cursor beyond the last one is treated in various ways.
std::size_t line_columns() {
  winsize window{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0;
  return known ? window.ws_col - std::size_t{1} : 79;  // serial lines do not tell
}

/// Of the user's locale, which this process does not use otherwise.
bool locale_is_utf8() {
  const locale_t locale = ::newlocale(LC_CTYPE_MASK, "", nullptr);
  if (locale == nullptr) return false;
  const bool utf8 = std::string_view(::nl_langinfo_l(CODESET, locale)) == "UTF-8";
  ::freelocale(locale);
  return utf8;
}

/// https://no-color.org
bool colour_is_wanted() {
  const char* const refusal = std::getenv("NO_COLOR");
  return refusal == nullptr || *refusal == '\0';
}

/// Also where nobody can tell, as on a terminal that controls another session.
bool is_in_foreground() {
  const pid_t group = ::tcgetpgrp(STDERR_FILENO);
  return group < 0 || group == ::getpgrp();
}

}  // namespace

ProgressForm progress_form(ProgressMode mode, bool quiet, StderrUse use, bool can_redraw) {
  const bool automatic = mode == ProgressMode::automatic && !quiet && use != StderrUse::log;
  if (mode != ProgressMode::always && !automatic) return ProgressForm::none;
  return can_redraw && use == StderrUse::messages ? ProgressForm::in_place : ProgressForm::lines;
}

bool knows_sequences(const char* term) {
  const std::string_view name = term == nullptr ? "" : term;
  return !name.empty() && name != "dumb" && name != "unknown";
}

ProgressDisplay::ProgressDisplay(ProgressMode mode, bool quiet, StderrUse use, Clock::time_point began)
    : form_(progress_form(mode, quiet, use,
                          ::isatty(STDERR_FILENO) == 1 && knows_sequences(std::getenv("TERM")))),
      style_{.columns = line_columns(), .utf8 = locale_is_utf8(), .colour = colour_is_wanted()},
      shown_(began) {}

void ProgressDisplay::tick(Clock::time_point now, const Source& source) {
  if (form_ == ProgressForm::in_place) {
    const std::size_t columns = line_columns();
    if (now - shown_ < in_place_interval && columns == style_.columns) return;
    style_.columns = columns;
    if (!is_in_foreground()) return remove_status_line();
    draw_status_line(terminal_line(source(), style_));
  } else if (form_ == ProgressForm::lines) {
    if (now - shown_ < line_interval) return;
    complain_if_possible(progress_line(source()), JournalPriority::info);
  }
  shown_ = now;
}

void ProgressDisplay::finish() {
  if (form_ == ProgressForm::in_place) remove_status_line();
  form_ = ProgressForm::none;
}

}  // namespace wm
