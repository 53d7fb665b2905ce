#include "supervisor/text/nearest_word.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace wm {
namespace {

/// Counts insertions, deletions, substitutions and swaps of neighbours, without editing any part twice.
std::size_t alignment_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> before(to.size() + 1);
  std::vector<std::size_t> above(to.size() + 1);
  std::vector<std::size_t> row(to.size() + 1);
  for (std::size_t column = 0; column <= to.size(); ++column) above[column] = column;
  for (std::size_t line = 1; line <= from.size(); ++line) {
    row[0] = line;
    for (std::size_t column = 1; column <= to.size(); ++column) {
      const bool same = from[line - 1] == to[column - 1];
      row[column] = std::min({above[column] + 1, row[column - 1] + 1, above[column - 1] + (same ? 0U : 1U)});
      if (line > 1 && column > 1 && from[line - 1] == to[column - 2] && from[line - 2] == to[column - 1]) {
        row[column] = std::min(row[column], before[column - 2] + 1);
      }
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[to.size()];
}

}  // namespace

std::optional<std::string> nearest_word(std::string_view word, std::span<const std::string> candidates) {
  const std::size_t limit = (word.size() + 2) / 3;
  std::optional<std::string> nearest;
  std::size_t smallest = limit + 1;
  for (const std::string& candidate : candidates) {
    // The difference in length is a lower bound of the distance, and keeps absurdly long words cheap.
    const auto [shorter, longer] = std::minmax({word.size(), candidate.size()});
    if (longer - shorter >= smallest) continue;
    const std::size_t distance = alignment_distance(word, candidate);
    if (distance < smallest) {
      smallest = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string did_you_mean(std::string_view dashes, std::string_view word,
                         std::span<const std::string> candidates) {
  std::string wanted(word);
  std::replace(wanted.begin(), wanted.end(), '_', '-');
  const auto nearest = nearest_word(wanted, candidates);
  return nearest ? std::string("; did you mean ").append(dashes).append(*nearest).append("?") : std::string();
}

}  // namespace wm
