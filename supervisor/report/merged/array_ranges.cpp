#include "supervisor/report/merged/array_ranges.h"

#include <fmt/format.h>

namespace wm {

void ArrayRanges::add(std::uint32_t first, std::uint32_t last) {
  if (first > last) return;
  if (!ranges_.empty() && ranges_.back().last + 1 == first)
    ranges_.back().last = last;
  else
    ranges_.push_back({.first = first, .last = last});
}

std::string ArrayRanges::text() const {
  std::string text;
  for (const auto& [first, last] : ranges_) {
    text += fmt::format("{}{}", text.empty() ? "" : ",", first);
    if (last > first) text += fmt::format("-{}", last);
  }
  return text;
}

}  // namespace wm
