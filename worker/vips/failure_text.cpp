#include "worker/vips/failure_text.h"

#include <algorithm>

namespace wm {
namespace {

constexpr std::size_t max_length = 200;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n.") + 1 - first);
}

/// "VipsJpeg: out of order read": removes the class or operation that libvips prepends.
std::string_view without_domain(std::string_view line) {
  const auto colon = line.find(": ");
  if (colon == std::string_view::npos || line.substr(0, colon).find(' ') != std::string_view::npos)
    return line;
  return line.substr(colon + 2);
}

}  // namespace

std::string failure_text(std::string_view raw) {
  std::string_view line;
  while (line.empty() && !raw.empty()) {
    const auto end = std::min(raw.find('\n'), raw.size());
    line = trimmed(without_domain(trimmed(raw.substr(0, end))));
    raw.remove_prefix(std::min(end + 1, raw.size()));
  }
  return line.empty() ? "no reason given" : one_line_of(line);
}

std::string one_line_of(std::string_view text) {
  std::string line(trimmed(text).substr(0, max_length));
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return line;
}

}  // namespace wm
