#include "supervisor/input/natural_order.h"

#include <algorithm>

namespace wm {
namespace {

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

/// The run of digits at `at`, without leading zeros; moves `at` past it.
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

std::size_t shared_beginning(std::string_view name, std::string_view first, std::size_t shared) {
  shared = std::min({shared, stem_size(name), stem_size(first)});
  const auto* const end = std::mismatch(first.begin(), first.begin() + shared, name.begin()).first;
  shared = static_cast<std::size_t>(end - first.begin());
  while (shared > 0 && is_digit(first[shared - 1])) --shared;
  return shared;
}

std::uint64_t natural_key(std::string_view name, std::size_t skipped) {
  const std::string_view stem = name.substr(0, stem_size(name));
  std::uint64_t key = 0;
  unsigned room = sizeof key;
  const auto put = [&](unsigned byte) {
    if (room > 0) key |= std::uint64_t{byte} << (8 * --room);
  };
  // A number is encoded as '0', which gives it its place among other letters, then its length, then its
  // digits. The rest is filled with zeros, which no name contains.
  for (std::size_t at = skipped; at < stem.size() && room > 0;) {
    if (!is_digit(stem[at])) {
      put(static_cast<unsigned char>(stem[at++]));
      continue;
    }
    const std::string_view number = take_number(stem, at);
    put('0');
    put(static_cast<unsigned>(std::min<std::size_t>(number.size() + 1, 255)));
    if (number.size() >= 254) break;  // longer ones are compared by their whole names
    for (const char digit : number) put(static_cast<unsigned char>(digit));
  }
  return key;
}

}  // namespace wm
