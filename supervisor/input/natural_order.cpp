#include "supervisor/input/natural_order.h"

#include <cstddef>

namespace wm {
namespace {

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

/// The run of digits at `at`, without leading zeros; moves `at` after it.
std::string_view take_number(std::string_view text, std::size_t& at) {
  while (at < text.size() && text[at] == '0') ++at;
  const std::size_t begin = at;
  while (at < text.size() && is_digit(text[at])) ++at;
  return text.substr(begin, at - begin);
}

/// Negative, zero or positive.
int compare(std::string_view left, std::string_view right) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < left.size() && j < right.size()) {
    if (is_digit(left[i]) && is_digit(right[j])) {
      const std::string_view a = take_number(left, i);
      const std::string_view b = take_number(right, j);
      if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
      if (const int order = a.compare(b); order != 0) return order;
    } else {
      const auto a = static_cast<unsigned char>(left[i++]);
      const auto b = static_cast<unsigned char>(right[j++]);
      if (a != b) return a < b ? -1 : 1;
    }
  }
  return static_cast<int>(i < left.size()) - static_cast<int>(j < right.size());
}

std::size_t stem_size(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? name.size() : dot;
}

}  // namespace

bool naturally_before(std::string_view left, std::string_view right) {
  const std::size_t left_stem = stem_size(left);
  const std::size_t right_stem = stem_size(right);
  int order = compare(left.substr(0, left_stem), right.substr(0, right_stem));
  if (order == 0) order = compare(left.substr(left_stem), right.substr(right_stem));
  return order != 0 ? order < 0 : left < right;
}

}  // namespace wm
