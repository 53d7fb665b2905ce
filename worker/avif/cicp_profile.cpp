#include "worker/avif/cicp_profile.h"

#include <lcms2.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

namespace wm::avif {
namespace {

// Codes of ITU-T H.273, tables 2 and 3.
enum Primaries : int {
  bt709 = 1,
  unspecified_primaries = 2,
  bt470m = 4,
  bt470bg = 5,
  bt601 = 6,
  smpte240 = 7,
  film = 8,
  bt2020 = 9,
  dci_p3 = 11,
  display_p3 = 12,
  ebu3213 = 22
};
enum Transfer : int {
  bt709_curve = 1,
  unspecified_curve = 2,
  gamma22 = 4,
  gamma28 = 5,
  bt601_curve = 6,
  smpte240_curve = 7,
  linear = 8,
  iec61966 = 11,
  srgb_curve = 13,
  bt2020_10 = 14,
  bt2020_12 = 15,
  pq = 16,
  smpte428 = 17,
  hlg = 18
};

constexpr cmsCIExyY d65{0.3127, 0.3290, 1.0};

struct Gamut {
  cmsCIExyYTRIPLE primaries;
  cmsCIExyY white = d65;
};

std::optional<Gamut> gamut_of(int primaries) {
  constexpr cmsCIExyY illuminant_c{0.310, 0.316, 1.0};
  constexpr cmsCIExyY dci_white{0.314, 0.351, 1.0};
  switch (primaries) {
    case bt709:
    case unspecified_primaries:
      return Gamut{{{0.640, 0.330, 1}, {0.300, 0.600, 1}, {0.150, 0.060, 1}}};
    case bt470m:
      return Gamut{{{0.67, 0.33, 1}, {0.21, 0.71, 1}, {0.14, 0.08, 1}}, illuminant_c};
    case bt470bg:
      return Gamut{{{0.64, 0.33, 1}, {0.29, 0.60, 1}, {0.15, 0.06, 1}}};
    case bt601:
    case smpte240:
      return Gamut{{{0.630, 0.340, 1}, {0.310, 0.595, 1}, {0.155, 0.070, 1}}};
    case film:
      return Gamut{{{0.681, 0.319, 1}, {0.243, 0.692, 1}, {0.145, 0.049, 1}}, illuminant_c};
    case bt2020:
      return Gamut{{{0.708, 0.292, 1}, {0.170, 0.797, 1}, {0.131, 0.046, 1}}};
    case dci_p3:
      return Gamut{{{0.680, 0.320, 1}, {0.265, 0.690, 1}, {0.150, 0.060, 1}}, dci_white};
    case display_p3:
      return Gamut{{{0.680, 0.320, 1}, {0.265, 0.690, 1}, {0.150, 0.060, 1}}};
    case ebu3213:
      return Gamut{{{0.630, 0.340, 1}, {0.295, 0.605, 1}, {0.155, 0.077, 1}}};
    default:
      return std::nullopt;
  }
}

/// Light of a PQ sample, of which 1 is 10,000 cd/m2: SMPTE ST 2084.
double pq_light(double sample) {
  constexpr double m1 = 2610.0 / 16384, m2 = 2523.0 / 32, c1 = 3424.0 / 4096, c2 = 2413.0 / 128,
                   c3 = 2392.0 / 128;
  const double root = std::pow(sample, 1 / m2);
  return std::pow(std::max(root - c1, 0.0) / (c2 - c3 * root), 1 / m1);
}

/// Scene light of an HLG sample: ITU-R BT.2100 table 5.
double hlg_light(double sample) {
  constexpr double a = 0.17883277, b = 0.28466892, c = 0.55991073;
  return sample <= 0.5 ? sample * sample / 3 : (std::exp((sample - c) / a) + b) / 12;
}

/// The curve's value at reference white. Above it there is room for lighter values, so that the curve rises
/// everywhere and can be inverted.
constexpr double white_value = 0.5;

double bounded(double light) {
  return light <= 1 ? light * white_value : 1 - (1 - white_value) / light;
}

using Curve = std::unique_ptr<cmsToneCurve, decltype(&cmsFreeToneCurve)>;

Curve table(cmsContext context, double (*light)(double), double white) {
  constexpr std::size_t steps = 4096;
  std::array<cmsFloat32Number, steps> values{};
  for (std::size_t i = 0; i < steps; ++i) {
    const double sample = static_cast<double>(i) / (steps - 1);
    values[i] = static_cast<cmsFloat32Number>(bounded(light(sample) / white));
  }
  return {cmsBuildTabulatedToneCurveFloat(context, steps, values.data()), &cmsFreeToneCurve};
}

Curve curve_of(cmsContext context, int transfer) {
  const auto parametric = [&](std::array<double, 5> parameters) {
    constexpr int linear_below = 4;  // ((a x + b) ^ g from d upwards, c x below
    return Curve(cmsBuildParametricToneCurve(context, linear_below, parameters.data()), &cmsFreeToneCurve);
  };
  const auto power = [&](double gamma) { return Curve(cmsBuildGamma(context, gamma), &cmsFreeToneCurve); };
  constexpr double pq_white = 203.0 / 10'000;
  constexpr double hlg_white = 0.75;
  switch (transfer) {
    case gamma22:
      return power(2.2);
    case gamma28:
      return power(2.8);
    case linear:
      return power(1);
    case smpte428:
      return power(2.6);
    case smpte240_curve:
      return parametric({1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4.0, 0.0913});
    case pq:
      return table(context, &pq_light, pq_white);
    case hlg:
      return table(context, &hlg_light, hlg_light(hlg_white));
    case bt709_curve:
    case bt601_curve:
    case bt2020_10:
    case bt2020_12:
    case unspecified_curve:
    case iec61966:
    case srgb_curve:
      // Pictures with video's curve are displayed with that of screens.
      return parametric({2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045});
    default:
      return {nullptr, &cmsFreeToneCurve};
  }
}

bool shows_as_srgb(const ColourCodes& colour) {
  const bool primaries = colour.primaries == bt709 || colour.primaries == unspecified_primaries;
  switch (colour.transfer) {
    case bt709_curve:
    case unspecified_curve:
    case bt601_curve:
    case bt2020_10:
    case bt2020_12:
    case iec61966:
    case srgb_curve:
      return primaries;
    default:
      return false;
  }
}

/// Scales the colorants so that white is where the curves have white_value.
void lighten_colorants(cmsHPROFILE profile) {
  for (const cmsTagSignature tag : {cmsSigRedColorantTag, cmsSigGreenColorantTag, cmsSigBlueColorantTag}) {
    const auto* const old = static_cast<const cmsCIEXYZ*>(cmsReadTag(profile, tag));
    if (old == nullptr) continue;
    const cmsCIEXYZ light{old->X / white_value, old->Y / white_value, old->Z / white_value};
    cmsWriteTag(profile, tag, &light);
  }
}

void name(cmsContext context, cmsHPROFILE profile, const ColourCodes& colour) {
  const std::string text =
      "H.273 " + std::to_string(colour.primaries) + "/" + std::to_string(colour.transfer);
  cmsMLU* const words = cmsMLUalloc(context, 1);
  if (words == nullptr) return;
  cmsMLUsetASCII(words, "en", "US", text.c_str());
  cmsWriteTag(profile, cmsSigProfileDescriptionTag, words);
  cmsMLUfree(words);
}

}  // namespace

bool is_high_dynamic_range(const ColourCodes& colour) {
  return colour.transfer == pq || colour.transfer == hlg;
}

std::vector<std::byte> profile_of(const ColourCodes& colour, bool grey) {
  const auto gamut = gamut_of(colour.primaries);
  if (!gamut || shows_as_srgb(colour) || (grey && is_high_dynamic_range(colour))) return {};
  const std::unique_ptr<std::remove_pointer_t<cmsContext>, decltype(&cmsDeleteContext)> context(
      cmsCreateContext(nullptr, nullptr), &cmsDeleteContext);
  const Curve curve = curve_of(context.get(), colour.transfer);
  if (context == nullptr || curve == nullptr) return {};
  std::array<cmsToneCurve*, 3> curves{curve.get(), curve.get(), curve.get()};
  void* const made =
      grey ? cmsCreateGrayProfileTHR(context.get(), &gamut->white, curve.get())
           : cmsCreateRGBProfileTHR(context.get(), &gamut->white, &gamut->primaries, curves.data());
  const std::unique_ptr<void, decltype(&cmsCloseProfile)> profile(made, &cmsCloseProfile);
  if (profile == nullptr) return {};
  name(context.get(), profile.get(), colour);
  if (is_high_dynamic_range(colour)) lighten_colorants(profile.get());
  cmsUInt32Number size = 0;
  if (cmsSaveProfileToMem(profile.get(), nullptr, &size) == 0) return {};
  std::vector<std::byte> bytes(size);
  if (cmsSaveProfileToMem(profile.get(), bytes.data(), &size) == 0) return {};
  return bytes;
}

}  // namespace wm::avif
