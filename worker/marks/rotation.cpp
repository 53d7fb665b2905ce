#include "worker/marks/rotation.h"

#include <cmath>
#include <numbers>

namespace wm {
namespace {

double within_one_turn(double degrees) {
  if (!std::isfinite(degrees)) return 0;
  const double rest = std::fmod(degrees, 360);
  const double positive = rest < 0 ? rest + 360 : rest;
  return positive >= 360 ? 0 : positive;  // a tiny negative angle rounds to a whole turn
}

/// Far above any mark that is drawn, far below overflow.
int whole_up(double length) {
  constexpr double longest = 2e8;
  return static_cast<int>(std::ceil(std::fmin(length, longest) - 1e-6));
}

}  // namespace

Rotation::Rotation(double degrees)
    : degrees_(within_one_turn(degrees)),
      cosine_(std::cos(degrees_ * std::numbers::pi / 180)),
      sine_(std::sin(degrees_ * std::numbers::pi / 180)) {
  if (const auto turns = quarter_turns()) {
    cosine_ = *turns == 0 ? 1 : *turns == 2 ? -1 : 0;
    sine_ = *turns == 1 ? 1 : *turns == 3 ? -1 : 0;
  }
}

std::optional<int> Rotation::quarter_turns() const {
  const double turns = degrees_ / 90;
  if (turns != std::floor(turns)) return std::nullopt;
  return static_cast<int>(turns);
}

Size Rotation::turned(Size size) const {
  if (const auto turns = quarter_turns()) return *turns % 2 == 0 ? size : Size{size.height, size.width};
  const double c = std::abs(cosine_);
  const double s = std::abs(sine_);
  return {whole_up(size.width * c + size.height * s), whole_up(size.width * s + size.height * c)};
}

}  // namespace wm
