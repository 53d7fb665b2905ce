#include "worker/jpeg/quantisation.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace wm {
namespace {

// ITU T.81 table K.1.
constexpr QuantisationTable annex_k_luma{16, 11, 10, 16, 24,  40,  51,  61,   //
                                         12, 12, 14, 19, 26,  58,  60,  55,   //
                                         14, 13, 16, 24, 40,  57,  69,  56,   //
                                         14, 17, 22, 29, 51,  87,  80,  62,   //
                                         18, 22, 37, 56, 68,  109, 103, 77,   //
                                         24, 35, 55, 64, 81,  104, 113, 92,   //
                                         49, 64, 78, 87, 103, 121, 120, 101,  //
                                         72, 92, 95, 98, 112, 100, 103, 99};

}  // namespace

QuantisationTable ijg_luma_table(int quality) {
  const int scale = quality < 50 ? 5000 / quality : 200 - quality * 2;
  QuantisationTable table{};
  std::transform(annex_k_luma.begin(), annex_k_luma.end(), table.begin(), [scale](int value) {
    return static_cast<std::uint16_t>(std::clamp((value * scale + 50) / 100, 1, 255));
  });
  return table;
}

int nearest_ijg_quality(const QuantisationTable& luma) {
  int best = 100;
  long best_distance = std::numeric_limits<long>::max();
  for (int quality = 100; quality >= 1; --quality) {
    const QuantisationTable table = ijg_luma_table(quality);
    long distance = 0;
    for (std::size_t i = 0; i < table.size(); ++i) distance += std::abs(int{table[i]} - int{luma[i]});
    if (distance < best_distance) {
      best = quality;
      best_distance = distance;
    }
    if (distance == 0) break;
  }
  return best;
}

}  // namespace wm
