#include "worker/marks/icc_profile.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

#include "worker/marks/lab.h"

namespace wm {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t header_size = 128, tag_entry_size = 12;

std::uint32_t number(Bytes bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | std::to_integer<std::uint32_t>(bytes[at + i]);
  return value;
}

double fixed(Bytes bytes, std::size_t at) {  // s15Fixed16Number
  return static_cast<std::int32_t>(number(bytes, at, 4)) / 65536.0;
}

bool has_signature(Bytes bytes, std::size_t at, std::string_view signature) {
  for (std::size_t i = 0; i < 4; ++i) {
    if (std::to_integer<char>(bytes[at + i]) != signature[i]) return false;
  }
  return true;
}

/// The tag's data, starting with its type signature; empty when the tag is missing.
Bytes tag(Bytes profile, std::string_view signature) {
  const std::size_t count = number(profile, header_size, 4);
  for (std::size_t i = 0, at = header_size + 4; i < count; ++i, at += tag_entry_size) {
    if (at + tag_entry_size > profile.size()) return {};
    if (!has_signature(profile, at, signature)) continue;
    const std::size_t offset = number(profile, at + 4, 4);
    const std::size_t size = number(profile, at + 8, 4);
    if (size < 8 || offset > profile.size() || size > profile.size() - offset) return {};
    return profile.subspan(offset, size);
  }
  return {};
}

bool is_colour(Bytes xyz, const std::array<double, 3>& wanted) {
  if (xyz.size() < 20 || !has_signature(xyz, 0, "XYZ ")) return false;
  for (std::size_t i = 0; i < 3; ++i) {
    if (std::abs(fixed(xyz, 8 + 4 * i) - wanted[i]) > 0.003) return false;
  }
  return true;
}

/// curveType: a table over 0..1, or a power, or the identity.
std::optional<double> table_value(Bytes curve, double x) {
  const std::size_t count = number(curve, 8, 4);
  if (count == 0) return x;
  if (count > (curve.size() - 12) / 2) return std::nullopt;
  if (count == 1) return std::pow(x, number(curve, 12, 2) / 256.0);
  const double position = x * static_cast<double>(count - 1);
  const auto low = static_cast<std::size_t>(position);
  const auto entry = [&](std::size_t i) {
    return number(curve, 12 + 2 * std::min(i, count - 1), 2) / 65535.0;
  };
  return std::lerp(entry(low), entry(low + 1), position - std::floor(position));
}

/// parametricCurveType: g a b c d e f, of which each function type uses some.
std::optional<double> parametric_value(Bytes curve, double x) {
  constexpr std::array<std::size_t, 5> parameter_counts{1, 3, 4, 5, 7};
  const std::size_t type = number(curve, 8, 2);
  if (type >= parameter_counts.size() || curve.size() < 12 + 4 * parameter_counts[type]) return std::nullopt;
  std::array<double, 7> p{1, 1, 0, 0, 0, 0, 0};
  for (std::size_t i = 0; i < parameter_counts[type]; ++i) p[i] = fixed(curve, 12 + 4 * i);
  const auto [g, a, b, c, d, e, f] = p;
  const double power = std::pow(std::fmax(a * x + b, 0), g);
  switch (type) {
    case 0:
      return power;
    case 1:
      return a * x + b >= 0 ? power : 0;
    case 2:
      return (a * x + b >= 0 ? power : 0) + c;
    case 3:
      return x >= d ? power : c * x;
    default:
      return x >= d ? power + e : c * x + f;
  }
}

std::optional<double> curve_value(Bytes curve, double x) {
  if (curve.size() < 12) return std::nullopt;
  if (has_signature(curve, 0, "curv")) return table_value(curve, x);
  if (has_signature(curve, 0, "para")) return parametric_value(curve, x);
  return std::nullopt;
}

bool is_srgb_curve(Bytes curve) {
  for (const double x : {0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.95}) {
    const auto light = curve_value(curve, x);
    if (!light || !(std::abs(srgb_encoded(*light) - x) < 1 / 255.0)) return false;
  }
  return true;
}

}  // namespace

bool is_srgb(Bytes profile) {
  if (profile.size() < header_size + 4 || !has_signature(profile, 16, "RGB ") ||
      !tag(profile, "A2B0").empty()) {
    return false;
  }
  // The primaries of IEC 61966-2-1, adapted to the D50 of the profile connection space.
  return is_colour(tag(profile, "rXYZ"), {0.4361, 0.2225, 0.0139}) &&
         is_colour(tag(profile, "gXYZ"), {0.3851, 0.7169, 0.0971}) &&
         is_colour(tag(profile, "bXYZ"), {0.1431, 0.0606, 0.7141}) && is_srgb_curve(tag(profile, "rTRC")) &&
         is_srgb_curve(tag(profile, "gTRC")) && is_srgb_curve(tag(profile, "bTRC"));
}

}  // namespace wm
