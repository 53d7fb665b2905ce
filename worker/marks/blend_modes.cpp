#include "worker/marks/blend_modes.h"

#include <algorithm>
#include <cmath>

namespace wm {
namespace {

double inside(double colour) {
  return std::clamp(colour, 0.0, 1.0);
}

double multiply(double b, double s) {
  return b * s;
}
double screen(double b, double s) {
  return b + s - b * s;
}
double hard_light(double b, double s) {
  return s <= 0.5 ? multiply(b, 2 * s) : screen(b, 2 * s - 1);
}
double color_dodge(double b, double s) {
  if (b <= 0) return 0;
  return s >= 1 ? 1 : std::min(1.0, inside(b) / (1 - s));
}
double color_burn(double b, double s) {
  if (b >= 1) return 1;
  return s <= 0 ? 0 : 1 - std::min(1.0, (1 - inside(b)) / s);
}
double soft_light(double backdrop, double source) {
  const double b = inside(backdrop);
  const double s = inside(source);
  if (s <= 0.5) return b - (1 - 2 * s) * b * (1 - b);
  const double d = b <= 0.25 ? ((16 * b - 12) * b + 4) * b : std::sqrt(b);
  return b + (2 * s - 1) * (d - b);
}

template <class Function>
void apply(std::span<double> backdrop, std::span<const double> source, Function function) {
  for (std::size_t i = 0; i < backdrop.size(); ++i) backdrop[i] = function(backdrop[i], source[i]);
}

}  // namespace

void apply_blend_mode(BlendMode mode, std::span<double> backdrop, std::span<const double> source) {
  switch (mode) {
    case BlendMode::over:
      return apply(backdrop, source, [](double, double s) { return s; });
    case BlendMode::multiply:
      return apply(backdrop, source, [](double b, double s) { return multiply(b, s); });
    case BlendMode::screen:
      return apply(backdrop, source, [](double b, double s) { return screen(b, s); });
    case BlendMode::overlay:
      return apply(backdrop, source, [](double b, double s) { return hard_light(s, b); });
    case BlendMode::darken:
      return apply(backdrop, source, [](double b, double s) { return std::min(b, s); });
    case BlendMode::lighten:
      return apply(backdrop, source, [](double b, double s) { return std::max(b, s); });
    case BlendMode::color_dodge:
      return apply(backdrop, source, [](double b, double s) { return color_dodge(b, s); });
    case BlendMode::color_burn:
      return apply(backdrop, source, [](double b, double s) { return color_burn(b, s); });
    case BlendMode::hard_light:
      return apply(backdrop, source, [](double b, double s) { return hard_light(b, s); });
    case BlendMode::soft_light:
      return apply(backdrop, source, [](double b, double s) { return soft_light(b, s); });
    case BlendMode::difference:
      return apply(backdrop, source, [](double b, double s) { return std::abs(b - s); });
    case BlendMode::exclusion:
      return apply(backdrop, source, [](double b, double s) { return b + s - 2 * b * s; });
  }
}

}  // namespace wm
