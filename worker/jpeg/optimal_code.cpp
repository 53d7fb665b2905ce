#include "worker/jpeg/optimal_code.h"

#include <algorithm>

namespace wm::jpeg {
namespace {

constexpr unsigned longest = 16;

struct Leaf {
  std::uint64_t weight = 0;
  std::size_t symbol = 0;
  unsigned length = 0;
};

/// One round: leaves and pairs of the previous round, by weight.
struct Round {
  std::vector<std::uint64_t> weights;
  std::vector<bool> is_leaf;
};

Round next_round(const std::vector<Leaf>& leaves, const std::vector<std::uint64_t>& before) {
  Round round;
  const std::size_t pairs = before.size() / 2;
  std::size_t leaf = 0;
  std::size_t pair = 0;
  while (leaf < leaves.size() || pair < pairs) {
    const std::uint64_t together = pair < pairs ? before[2 * pair] + before[2 * pair + 1] : 0;
    const bool takes_leaf = pair == pairs || (leaf < leaves.size() && leaves[leaf].weight <= together);
    round.weights.push_back(takes_leaf ? leaves[leaf].weight : together);
    round.is_leaf.push_back(takes_leaf);
    ++(takes_leaf ? leaf : pair);
  }
  return round;
}

/// `leaves` are sorted by weight, at least two.
void choose_lengths(std::vector<Leaf>& leaves) {
  std::array<Round, longest> rounds;
  for (std::size_t i = 0; i < longest; ++i) {
    rounds[i] = next_round(leaves, i == 0 ? std::vector<std::uint64_t>{} : rounds[i - 1].weights);
  }
  // Take the cheapest of the last round, and with each pair everything in it.
  std::size_t taken = 2 * (leaves.size() - 1);
  for (std::size_t i = longest; i-- != 0;) {
    const auto begin = rounds[i].is_leaf.begin();
    const auto taken_leaves = std::count(begin, begin + static_cast<std::ptrdiff_t>(taken), true);
    for (std::size_t leaf = 0; leaf < static_cast<std::size_t>(taken_leaves); ++leaf) ++leaves[leaf].length;
    taken = 2 * (taken - static_cast<std::size_t>(taken_leaves));
  }
}

}  // namespace

OptimalTable optimal_table(const SymbolCounts& counts) {
  constexpr std::size_t no_symbol = 256;
  // no_symbol is the lightest, so its code is among the longest, and the last of those: the code of all ones.
  std::vector<Leaf> leaves{{.weight = 0, .symbol = no_symbol}};
  for (std::size_t symbol = 0; symbol < counts.size(); ++symbol) {
    if (counts[symbol] != 0) leaves.push_back({.weight = counts[symbol], .symbol = symbol});
  }
  OptimalTable table;
  if (leaves.size() == 1) return table;
  std::stable_sort(leaves.begin(), leaves.end(),
                   [](const Leaf& a, const Leaf& b) { return a.weight < b.weight; });
  choose_lengths(leaves);
  std::stable_sort(leaves.begin(), leaves.end(), [](const Leaf& a, const Leaf& b) {
    return a.length != b.length ? a.length < b.length : a.symbol < b.symbol;
  });
  for (const Leaf& leaf : leaves) {
    if (leaf.symbol == no_symbol) continue;
    ++table.counts[leaf.length];
    table.values.push_back(static_cast<std::byte>(leaf.symbol));
  }
  return table;
}

}  // namespace wm::jpeg
