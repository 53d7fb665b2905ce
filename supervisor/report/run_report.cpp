#include "supervisor/report/run_report.h"

#include "supervisor/text/escape.h"

namespace wm {
namespace {

constexpr std::size_t max_reasons = 50;
constexpr const char* other_reasons = "other reasons";

}  // namespace

void count_reason(std::map<std::string, std::uint64_t>& reasons, const std::string& reason,
                  std::uint64_t count) {
  const std::string shown = one_line(reason);
  const bool fits = reasons.size() < max_reasons || reasons.contains(shown);
  reasons[fits ? shown : other_reasons] += count;
}

void RunReport::count_route(JpegRoute route, const std::string& reason) {
  if (route == JpegRoute::none) return;
  ++jpeg_routes[static_cast<std::size_t>(route)];
  if (!reason.empty()) count_reason(jpeg_reasons, reason);
}

}  // namespace wm
