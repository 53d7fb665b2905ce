#include "worker/palette/palette.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <unordered_map>

namespace wm {
namespace {

using Samples = std::array<int, 4>;

Samples samples_of(PaletteColour colour) {
  Samples samples{};
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<int>(colour >> 8 * i & 0xFF);
  return samples;
}

int squared_distance(const Samples& a, const Samples& b) {
  int distance = 0;
  for (std::size_t i = 0; i < a.size(); ++i) distance += (a[i] - b[i]) * (a[i] - b[i]);
  return distance;
}

}  // namespace

int largest_difference(PaletteColour a, PaletteColour b) {
  const Samples of_a = samples_of(a);
  const Samples of_b = samples_of(b);
  int largest = 0;
  for (std::size_t i = 0; i < of_a.size(); ++i) largest = std::max(largest, std::abs(of_a[i] - of_b[i]));
  return largest;
}

PaletteColour nearest_colour(PaletteColour wanted, const std::vector<PaletteColour>& colours) {
  const Samples samples = samples_of(wanted);
  PaletteColour best = wanted;
  int best_distance = std::numeric_limits<int>::max();
  for (const PaletteColour colour : colours) {
    const int distance = squared_distance(samples, samples_of(colour));
    if (distance < best_distance) {
      best = colour;
      best_distance = distance;
    }
  }
  return best;
}

namespace {

struct Counted {
  PaletteColour colour = 0;
  std::size_t count = 0;
};
using Group = std::span<Counted>;

std::size_t sum_of(Group group) {
  std::size_t sum = 0;
  for (const Counted& one : group) sum += one.count;
  return sum;
}

struct Extent {
  std::size_t sample = 0;
  int length = 0;
};

Extent longest_extent(Group group) {
  Samples low{};
  Samples high{};
  low.fill(255);
  for (const Counted& one : group) {
    const Samples samples = samples_of(one.colour);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      low[i] = std::min(low[i], samples[i]);
      high[i] = std::max(high[i], samples[i]);
    }
  }
  Extent longest;
  for (std::size_t i = 0; i < low.size(); ++i) {
    if (high[i] - low[i] > longest.length) longest = {i, high[i] - low[i]};
  }
  return longest;
}

PaletteColour mean_of(Group group) {
  std::array<std::size_t, 4> sums{};
  for (const Counted& one : group) {
    const Samples samples = samples_of(one.colour);
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += static_cast<std::size_t>(samples[i]) * one.count;
  }
  const std::size_t count = sum_of(group);
  PaletteColour mean = 0;
  for (std::size_t i = sums.size(); i-- > 0;) {
    mean = mean << 8 | static_cast<PaletteColour>((sums[i] + count / 2) / count);
  }
  return mean;
}

/// Repeatedly cuts the group with the longest side at the median of its pixels, until there are `limit`
/// groups.
std::vector<PaletteColour> median_cut(std::vector<Counted>& colours, std::size_t limit) {
  if (colours.empty() || limit == 0) return {};
  struct Part {
    Group group;
    Extent extent;
  };
  std::vector<Part> parts{{Group(colours), longest_extent(colours)}};
  while (parts.size() < limit) {
    const auto longest = std::max_element(parts.begin(), parts.end(), [](const Part& a, const Part& b) {
      return a.extent.length < b.extent.length;
    });
    if (longest->extent.length == 0) break;
    const Group group = longest->group;
    const std::size_t by = longest->extent.sample;
    std::sort(group.begin(), group.end(), [by](const Counted& a, const Counted& b) {
      const Samples of_a = samples_of(a.colour);
      const Samples of_b = samples_of(b.colour);
      return of_a[by] != of_b[by] ? of_a[by] < of_b[by] : a.colour < b.colour;
    });
    const std::size_t half = sum_of(group) / 2;
    std::size_t cut = 0;
    for (std::size_t passed = 0; cut + 1 < group.size() && passed + group[cut].count <= half; ++cut) {
      passed += group[cut].count;
    }
    cut = std::max<std::size_t>(cut, 1);
    *longest = {group.first(cut), longest_extent(group.first(cut))};
    parts.push_back({group.subspan(cut), longest_extent(group.subspan(cut))});
  }
  std::vector<PaletteColour> means;
  means.reserve(parts.size());
  for (const Part& one : parts) means.push_back(mean_of(one.group));
  return means;
}

}  // namespace

std::optional<ColourSet> distinct_colours(const PalettePixels& pixels, std::size_t limit) {
  ColourSet colours;
  PaletteColour last = 0;
  for (std::size_t i = 0; i < pixels.count(); ++i) {
    const PaletteColour colour = pixels.at(i);
    if (i > 0 && colour == last) continue;
    last = colour;
    if (colours.insert(colour).second && colours.size() > limit) return std::nullopt;
  }
  return colours;
}

PaletteFit fit_palette(const PalettePixels& pixels, const std::vector<PaletteColour>& own,
                       std::size_t limit) {
  const ColourSet known(own.begin(), own.end());
  ColourSet used;
  std::unordered_map<PaletteColour, std::size_t> others;
  for (std::size_t i = 0; i < pixels.count(); ++i) {
    const PaletteColour colour = pixels.at(i);
    if (known.contains(colour)) {
      used.insert(colour);
    } else {
      ++others[colour];
    }
  }
  PaletteFit fit;
  // The input's whole palette if there is room, else only the used colours.
  const bool room = own.size() + others.size() <= limit;
  for (const PaletteColour colour : own) {
    if (room || used.erase(colour) > 0) fit.colours.push_back(colour);
  }
  if (others.empty()) return fit;
  std::vector<Counted> counted;
  counted.reserve(others.size());
  for (const auto& [colour, count] : others) counted.push_back({colour, count});
  // The map's order is unspecified, and outputs must not differ from run to run.
  std::sort(counted.begin(), counted.end(),
            [](const Counted& a, const Counted& b) { return a.colour < b.colour; });
  const std::size_t left = limit > fit.colours.size() ? limit - fit.colours.size() : 0;
  const auto more = median_cut(counted, left);
  fit.colours.insert(fit.colours.end(), more.begin(), more.end());
  std::size_t pixel_count = 0;
  double sum = 0;
  for (const Counted& one : counted) {
    sum += static_cast<double>(one.count) *
           largest_difference(one.colour, nearest_colour(one.colour, fit.colours));
    pixel_count += one.count;
  }
  fit.error = sum / static_cast<double>(pixel_count);
  return fit;
}

void make_room(const PalettePixels& pixels, std::vector<PaletteColour>& own, std::size_t count) {
  std::unordered_map<PaletteColour, std::size_t> pixels_of;
  for (const PaletteColour colour : own) pixels_of.emplace(colour, 0);
  for (std::size_t i = 0; i < pixels.count(); ++i) {
    if (const auto found = pixels_of.find(pixels.at(i)); found != pixels_of.end()) ++found->second;
  }
  std::vector<Counted> kept;
  for (const PaletteColour colour : own) {
    if (pixels_of[colour] > 0) kept.push_back({colour, pixels_of[colour]});
  }
  const std::size_t alpha = pixels.bands == 2 ? 1 : 3;  // always equal if there is no alpha
  std::unordered_map<PaletteColour, PaletteColour> instead;
  for (; count > 0 && kept.size() > 1; --count) {
    std::size_t given_up = 0;
    std::size_t taker = 0;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const Samples samples = samples_of(kept[i].colour);
      for (std::size_t j = 0; j < kept.size(); ++j) {
        const Samples other = samples_of(kept[j].colour);
        if (i == j || (pixels.bands % 2 == 0 && samples[alpha] != other[alpha])) continue;
        const double loss =
            static_cast<double>(kept[i].count) * static_cast<double>(squared_distance(samples, other));
        if (loss >= least) continue;
        least = loss;
        given_up = i;
        taker = j;
      }
    }
    if (given_up == taker) break;
    instead[kept[given_up].colour] = kept[taker].colour;
    kept[taker].count += kept[given_up].count;
    kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(given_up));
  }
  own.clear();
  for (const Counted& one : kept) own.push_back(one.colour);
  for (std::size_t i = 0; i < pixels.count(); ++i) {
    auto found = instead.find(pixels.at(i));
    if (found == instead.end()) continue;
    PaletteColour colour = found->second;
    while ((found = instead.find(colour)) != instead.end()) colour = found->second;
    pixels.set(i, colour);
  }
}

void map_to_palette(const PalettePixels& pixels, const std::vector<PaletteColour>& colours) {
  std::unordered_map<PaletteColour, PaletteColour> mapped;
  for (const PaletteColour colour : colours) mapped.emplace(colour, colour);
  for (std::size_t i = 0; i < pixels.count(); ++i) {
    const PaletteColour colour = pixels.at(i);
    auto found = mapped.find(colour);
    if (found == mapped.end()) found = mapped.emplace(colour, nearest_colour(colour, colours)).first;
    if (found->second != colour) pixels.set(i, found->second);
  }
}

std::vector<std::uint8_t> palette_indices(const PalettePixels& pixels,
                                          const std::vector<PaletteColour>& colours) {
  std::unordered_map<PaletteColour, std::uint8_t> position;
  for (std::size_t i = 0; i < colours.size() && i < 256; ++i) {
    position.emplace(colours[i], static_cast<std::uint8_t>(i));
  }
  std::vector<std::uint8_t> indices(pixels.count());
  for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = position.at(pixels.at(i));
  return indices;
}

}  // namespace wm
