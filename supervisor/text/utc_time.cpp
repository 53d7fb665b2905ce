#include "supervisor/text/utc_time.h"

#include <array>
#include <ctime>

namespace wm {
namespace {

std::string formatted(std::int64_t time_ns, const char* format) {
  const std::time_t seconds = time_ns / 1'000'000'000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

}  // namespace

std::string utc_time(std::int64_t time_ns) {
  return formatted(time_ns, "%FT%TZ");
}

std::string compact_utc_time(std::int64_t time_ns) {
  return formatted(time_ns, "%Y%m%dT%H%M%SZ");
}

}  // namespace wm
