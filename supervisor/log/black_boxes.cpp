#include "supervisor/log/black_boxes.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "supervisor/log/log_format.h"

namespace wm {
namespace {

constexpr std::size_t most_lines = 50;
constexpr std::size_t recent_events = 80;  // kept, so that enough remain without those that lines() drops

}  // namespace

void BlackBoxes::remember(LogEvent event) {
  if (!event.worker || event.level < level_) return;
  event.fields.reset();  // lines() is text
  Events& recent = recent_.at(number(*event.worker));
  recent.push_back(std::move(event));
  if (recent.size() > recent_events) recent.pop_front();
}

void BlackBoxes::seal(WorkerIndex worker, const std::vector<LogEvent>& unwritten) {
  Events events = std::exchange(recent_.at(number(worker)), {});
  const auto written = static_cast<std::ptrdiff_t>(events.size());
  for (const LogEvent& event : unwritten) {
    if (event.worker == worker && event.level >= level_) events.push_back(event);
  }
  std::ranges::stable_sort(events.begin() + written, events.end(), {}, &LogEvent::time_ns);
  const std::lock_guard lock(mutex_);
  sealed_[number(worker)] = std::move(events);
}

std::vector<LoggedLine> BlackBoxes::lines(WorkerIndex worker, std::int64_t died_ns) const {
  Events events;
  {
    const std::lock_guard lock(mutex_);
    events = sealed_.at(number(worker));
  }
  // Events from the ring have a sequence number; messages of others under the worker's name have a task.
  std::erase_if(events, [&](const LogEvent& event) {
    return event.sequence == 0 && (event.task == 0 || event.time_ns >= died_ns);
  });
  // What was said about earlier files while it worked on the last one comes before its own last words.
  const auto is_own = [](const LogEvent& event) { return event.sequence != 0; };
  if (std::ranges::any_of(events, is_own)) {
    while (!is_own(events.back())) events.pop_back();
  }
  while (events.size() > most_lines) events.pop_front();
  std::vector<LoggedLine> lines;
  LogFormatter formatter(LogFormat::text);
  for (const LogEvent& event : events) {
    std::string& line = lines.emplace_back(LoggedLine{.text = "", .task = event.task}).text;
    formatter.append(line, event);
    if (!line.empty()) line.pop_back();  // the newline
  }
  return lines;
}

}  // namespace wm
