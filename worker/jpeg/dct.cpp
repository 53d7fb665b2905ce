#include "worker/jpeg/dct.h"

#include <cstddef>

#include "worker/jpeg/four_floats.h"

namespace wm::jpeg {
namespace {

/// Half a block: four columns, eight rows.
using Columns = std::array<Four, 8>;

// c(k) = cos(k pi / 16) / 2; the first coefficient's factor sqrt(1/8) equals c4.
constexpr float c1 = 0.49039264020161522F, c2 = 0.46193976625564337F, c3 = 0.41573480615127262F;
constexpr float c4 = 0.35355339059327376F, c5 = 0.27778511650980111F, c6 = 0.19134171618254489F;
constexpr float c7 = 0.09754516100806413F;

void inverse(Columns& x) {
  const Four sum = (x[0] + x[4]) * c4;
  const Four difference = (x[0] - x[4]) * c4;
  const Four outer = x[2] * c2 + x[6] * c6;
  const Four inner = x[2] * c6 - x[6] * c2;
  const Four even0 = sum + outer;
  const Four even3 = sum - outer;
  const Four even1 = difference + inner;
  const Four even2 = difference - inner;
  const Four odd0 = (x[1] * c1 + x[3] * c3) + (x[5] * c5 + x[7] * c7);
  const Four odd1 = (x[1] * c3 - x[3] * c7) - (x[5] * c1 + x[7] * c5);
  const Four odd2 = (x[1] * c5 - x[3] * c1) + (x[5] * c7 + x[7] * c3);
  const Four odd3 = (x[1] * c7 - x[3] * c5) + (x[5] * c3 - x[7] * c1);
  x = {even0 + odd0, even1 + odd1, even2 + odd2, even3 + odd3,
       even3 - odd3, even2 - odd2, even1 - odd1, even0 - odd0};
}

void forward(Columns& x) {
  const Four even0 = x[0] + x[7];
  const Four even1 = x[1] + x[6];
  const Four even2 = x[2] + x[5];
  const Four even3 = x[3] + x[4];
  const Four odd0 = x[0] - x[7];
  const Four odd1 = x[1] - x[6];
  const Four odd2 = x[2] - x[5];
  const Four odd3 = x[3] - x[4];
  const Four outer = even0 + even3;
  const Four inner = even1 + even2;
  const Four outer_difference = even0 - even3;
  const Four inner_difference = even1 - even2;
  x[0] = (outer + inner) * c4;
  x[4] = (outer - inner) * c4;
  x[2] = outer_difference * c2 + inner_difference * c6;
  x[6] = outer_difference * c6 - inner_difference * c2;
  x[1] = (odd0 * c1 + odd1 * c3) + (odd2 * c5 + odd3 * c7);
  x[3] = (odd0 * c3 - odd1 * c7) - (odd2 * c1 + odd3 * c5);
  x[5] = (odd0 * c5 - odd1 * c1) + (odd2 * c7 + odd3 * c3);
  x[7] = (odd0 * c7 - odd1 * c5) + (odd2 * c3 - odd3 * c1);
}

void transpose(Four& a, Four& b, Four& c, Four& d) {
  const Four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Four ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Four cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  a = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
  b = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
  c = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
  d = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

template <void (*Pass)(Columns&)>
void transform(BlockValues& values) {
  Columns left{};
  Columns right{};
  for (std::size_t row = 0; row < 8; ++row) {
    left[row] = load_four(&values.at[row * 8]);
    right[row] = load_four(&values.at[row * 8 + 4]);
  }
  Pass(left);
  Pass(right);
  transpose(left[0], left[1], left[2], left[3]);
  transpose(left[4], left[5], left[6], left[7]);
  transpose(right[0], right[1], right[2], right[3]);
  transpose(right[4], right[5], right[6], right[7]);
  Columns first{left[0], left[1], left[2], left[3], right[0], right[1], right[2], right[3]};
  Columns second{left[4], left[5], left[6], left[7], right[4], right[5], right[6], right[7]};
  Pass(first);
  Pass(second);
  for (std::size_t row = 0; row < 8; ++row) {
    store_four(&values.at[row * 8], first[row]);
    store_four(&values.at[row * 8 + 4], second[row]);
  }
}

}  // namespace

void inverse_dct(BlockValues& values) {
  transform<inverse>(values);
}
void forward_dct(BlockValues& values) {
  transform<forward>(values);
}

}  // namespace wm::jpeg
