#include "supervisor/report/run_report.h"

#include "supervisor/text/escape.h"

namespace wm {
namespace {

constexpr std::size_t max_reasons = 50;
constexpr const char* other_reasons = "other reasons";

}  // namespace

void RunReport::count_route(JpegRoute route, const std::string& reason) {
  if (route == JpegRoute::none) return;
  ++jpeg_routes[static_cast<std::size_t>(route)];
  if (reason.empty()) return;
  const std::string shown = one_line(reason);
  const bool fits = jpeg_reasons.size() < max_reasons || jpeg_reasons.contains(shown);
  ++jpeg_reasons[fits ? shown : other_reasons];
}

}  // namespace wm
