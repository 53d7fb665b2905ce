#include "supervisor/run/stop_answer.h"

#include <csignal>

#include <fmt/format.h>

#include "supervisor/text/counted.h"

namespace wm {
namespace {

std::string grace_text(std::chrono::milliseconds grace) {
  constexpr std::int64_t minute = 60'000;
  const auto time = grace.count();
  if (time >= minute && time % minute == 0) return fmt::format("{} min", time / minute);
  return fmt::format("{:g} s", static_cast<double>(time) / 1e3);
}

std::string_view how_to_stop_now(const StopRequest& request) {
  if (!request.on_terminal) return "a second signal stops at once";
  return request.signal == SIGINT ? "press Ctrl-C again to stop now" : "press Ctrl-C to stop now";
}

}  // namespace

std::string stop_answer(const StopRequest& request) {
  const std::string pictures = counted(request.in_progress, "picture", "pictures");
  if (request.grace <= std::chrono::milliseconds{}) {
    if (request.in_progress == 0) return "stopping now";
    return fmt::format("stopping now; {} in progress {} left for the next run", pictures,
                       request.in_progress == 1 ? "is" : "are");
  }
  if (request.in_progress == 0) return "stopping; no picture is in progress";
  return fmt::format("finishing {} (up to {}); {}", pictures, grace_text(request.grace),
                     how_to_stop_now(request));
}

}  // namespace wm
