#include "worker/marks/placement.h"

#include <algorithm>
#include <cmath>

namespace wm {
namespace {

// Far above any picture (libvips allows 10^7), far below overflow in sums of a few.
constexpr double far_away = 2e8;

enum class Align { low, middle, high };

Align horizontal(Gravity gravity) {
  return static_cast<Align>(static_cast<int>(gravity) % 3);
}
Align vertical(Gravity gravity) {
  return static_cast<Align>(static_cast<int>(gravity) / 3);
}

int position(Align align, double offset, int mark, int picture) {
  switch (align) {
    case Align::low:
      return round_half_up(offset);
    case Align::middle:
      return round_half_up((picture - mark) / 2.0) + round_half_up(offset);
    case Align::high:
      break;
  }
  return picture - mark - round_half_up(offset);
}

double scale_factor(double scale, ScaleOf scale_of, Size natural, Size picture) {
  const double longer = std::max(natural.width, natural.height);
  switch (scale_of) {
    case ScaleOf::width:
      return scale * picture.width / natural.width;
    case ScaleOf::height:
      return scale * picture.height / natural.height;
    case ScaleOf::shorter:
      return scale * std::min(picture.width, picture.height) / longer;
    case ScaleOf::longer:
      break;
  }
  return scale * std::max(picture.width, picture.height) / longer;
}

}  // namespace

int round_half_up(double value) {
  return static_cast<int>(std::floor(std::clamp(value, -far_away, far_away) + 0.5));
}

Size mark_size(const Mark& mark, Size natural, Size picture) {
  double factor = mark.scale ? scale_factor(*mark.scale, mark.scale_of, natural, picture) : 1.0;
  factor = std::min({factor, static_cast<double>(picture.width) / natural.width,
                     static_cast<double>(picture.height) / natural.height});
  return {std::clamp(round_half_up(natural.width * factor), 1, picture.width),
          std::clamp(round_half_up(natural.height * factor), 1, picture.height)};
}

Box place_mark(const Mark& mark, Size natural, Size picture) {
  const Size size = mark_size(mark, natural, picture);
  return {
      position(horizontal(mark.gravity), to_pixels(mark.offset_x, picture.width), size.width, picture.width),
      position(vertical(mark.gravity), to_pixels(mark.offset_y, picture.height), size.height, picture.height),
      size.width, size.height};
}

}  // namespace wm
