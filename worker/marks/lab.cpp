#include "worker/marks/lab.h"

#include <cmath>

namespace wm {
namespace {

// CIE 15: where a line replaces the cube root.
constexpr double delta = 6.0 / 29;

double root(double t) {
  return t > delta * delta * delta ? std::cbrt(t) : t / (3 * delta * delta) + 4.0 / 29;
}

double power(double t) {
  return t > delta ? t * t * t : 3 * delta * delta * (t - 4.0 / 29);
}

// X and Z of white; Y is 1.
constexpr double white_x = 0.4124564 + 0.3575761 + 0.1804375;
constexpr double white_z = 0.0193339 + 0.1191920 + 0.9503041;

}  // namespace

double srgb_encoded(double light) {
  const double size = std::abs(light);
  const double value = size <= 0.0031308 ? 12.92 * size : 1.055 * std::pow(size, 1 / 2.4) - 0.055;
  return std::copysign(value, light);
}

double srgb_light(double value) {
  const double size = std::abs(value);
  const double light = size <= 0.04045 ? size / 12.92 : std::pow((size + 0.055) / 1.055, 2.4);
  return std::copysign(light, value);
}

Lab lab_of(const Srgb& colour) {
  const double r = srgb_light(colour[0]);
  const double g = srgb_light(colour[1]);
  const double b = srgb_light(colour[2]);
  const double x = root((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / white_x);
  const double y = root(0.2126729 * r + 0.7151522 * g + 0.0721750 * b);
  const double z = root((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / white_z);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

Srgb srgb_of(const Lab& colour) {
  const double level = (colour.lightness + 16) / 116;
  const double x = white_x * power(level + colour.a / 500);
  const double y = power(level);
  const double z = white_z * power(level - colour.b / 200);
  return {srgb_encoded(3.2404542 * x - 1.5371385 * y - 0.4985314 * z),
          srgb_encoded(-0.9692660 * x + 1.8760108 * y + 0.0415560 * z),
          srgb_encoded(0.0556434 * x - 0.2040259 * y + 1.0572252 * z)};
}

}  // namespace wm
