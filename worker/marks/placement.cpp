#include "worker/marks/placement.h"

#include <algorithm>
#include <cmath>

#include "worker/marks/rotation.h"

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

Size scaled(Size size, double factor) {
  return {std::max(1, round_half_up(size.width * factor)), std::max(1, round_half_up(size.height * factor))};
}

Size largest_fitting(Size natural, const Rotation& rotation, Size picture) {
  const double c = std::abs(rotation.cosine());
  const double s = std::abs(rotation.sine());
  const double width = natural.width * c + natural.height * s;  // of the turned mark, before rounding
  const double height = natural.width * s + natural.height * c;
  // Sides are rounded to at least one pixel, and the turned box is rounded up: it may exceed the real one by
  // some pixels.
  for (int spare = 0; spare <= 4; ++spare) {
    const double factor = std::min((picture.width - spare) / width, (picture.height - spare) / height);
    const Size size = scaled(natural, std::max(factor, 0.0));
    if (fits(rotation.turned(size), picture)) return size;
  }
  return {1, 1};
}

}  // namespace

int round_half_up(double value) {
  return static_cast<int>(std::floor(std::clamp(value, -far_away, far_away) + 0.5));
}

Size mark_size(const Mark& mark, Size natural, Size picture) {
  const double factor = mark.scale ? scale_factor(*mark.scale, mark.scale_of, natural, picture) : 1.0;
  const Rotation rotation(mark.rotate);
  const Size asked = scaled(natural, factor);
  if (mark.if_too_big != IfTooBig::shrink || fits(rotation.turned(asked), picture)) return asked;
  return largest_fitting(natural, rotation, picture);
}

Placement place_mark(const Mark& mark, Size natural, Size picture) {
  const Size drawn = mark_size(mark, natural, picture);
  const Size size = Rotation(mark.rotate).turned(drawn);
  return {
      drawn,
      {position(horizontal(mark.gravity), to_pixels(mark.offset_x, picture.width), size.width, picture.width),
       position(vertical(mark.gravity), to_pixels(mark.offset_y, picture.height), size.height,
                picture.height),
       size.width, size.height}};
}

}  // namespace wm
