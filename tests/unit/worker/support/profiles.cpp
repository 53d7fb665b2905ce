#include "tests/unit/worker/support/profiles.h"

#include <lcms2.h>

#include <array>
#include <memory>
#include <stdexcept>

namespace wm::test {
namespace {

constexpr cmsCIExyY d65{0.3127, 0.3290, 1};
constexpr cmsCIExyYTRIPLE srgb_primaries{{0.64, 0.33, 1}, {0.30, 0.60, 1}, {0.15, 0.06, 1}};
constexpr cmsCIExyYTRIPLE p3_primaries{{0.680, 0.320, 1}, {0.265, 0.690, 1}, {0.150, 0.060, 1}};
constexpr cmsCIExyYTRIPLE adobe_primaries{{0.64, 0.33, 1}, {0.21, 0.71, 1}, {0.15, 0.06, 1}};

struct CurveDeleter {
  void operator()(cmsToneCurve* curve) const { cmsFreeToneCurve(curve); }
};
using Curve = std::unique_ptr<cmsToneCurve, CurveDeleter>;

Curve power_curve(double gamma) {
  return Curve(cmsBuildGamma(nullptr, gamma));
}

Curve srgb_curve() {
  // Type 4 of Little CMS: (a x + b)^g above d, c x below.
  const std::array<cmsFloat64Number, 5> parameters{2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
  return Curve(cmsBuildParametricToneCurve(nullptr, 4, parameters.data()));
}

std::string saved(cmsHPROFILE profile) {
  cmsUInt32Number size = 0;
  std::string bytes;
  if (profile != nullptr && cmsSaveProfileToMem(profile, nullptr, &size) != 0) {
    bytes.resize(size);
    if (cmsSaveProfileToMem(profile, bytes.data(), &size) == 0) bytes.clear();
  }
  if (profile != nullptr) cmsCloseProfile(profile);
  if (bytes.empty()) throw std::runtime_error("Little CMS did not make a profile");
  return bytes;
}

std::string rgb_profile(const cmsCIExyYTRIPLE& primaries, const Curve& curve) {
  const std::array<cmsToneCurve*, 3> curves{curve.get(), curve.get(), curve.get()};
  return saved(cmsCreateRGBProfile(&d65, &primaries, curves.data()));
}

}  // namespace

std::string srgb_profile() {
  return rgb_profile(srgb_primaries, srgb_curve());
}
std::string srgb_primaries_profile(double gamma) {
  return rgb_profile(srgb_primaries, power_curve(gamma));
}
std::string display_p3_profile() {
  return rgb_profile(p3_primaries, srgb_curve());
}
std::string adobe_rgb_profile() {
  return rgb_profile(adobe_primaries, power_curve(563.0 / 256));
}
std::string grey_profile(double gamma) {
  return saved(cmsCreateGrayProfile(&d65, power_curve(gamma).get()));
}

namespace {

void transform(cmsHPROFILE from, cmsUInt32Number from_type, cmsHPROFILE to, cmsUInt32Number to_type,
               const void* input, void* output) {
  cmsHTRANSFORM made = cmsCreateTransform(from, from_type, to, to_type, INTENT_RELATIVE_COLORIMETRIC, 0);
  if (made == nullptr) throw std::runtime_error("Little CMS cannot transform");
  cmsDoTransform(made, input, output, 1);
  cmsDeleteTransform(made);
}

/// Calls `use` with the profiles of a press, sRGB and Lab.
template <class Use>
auto with_profiles(const std::string& press_bytes, Use use) {
  cmsHPROFILE press =
      cmsOpenProfileFromMem(press_bytes.data(), static_cast<cmsUInt32Number>(press_bytes.size()));
  cmsHPROFILE srgb = cmsCreate_sRGBProfile();
  cmsHPROFILE lab = cmsCreateLab4Profile(nullptr);
  const auto result = use(press, srgb, lab);
  for (cmsHPROFILE profile : {press, srgb, lab}) cmsCloseProfile(profile);
  return result;
}

}  // namespace

std::vector<double> own_inks(const std::string& cmyk_profile, const std::vector<double>& colour) {
  return with_profiles(cmyk_profile, [&](cmsHPROFILE press, cmsHPROFILE srgb, cmsHPROFILE) {
    const std::array<double, 3> rgb{colour[0] / 255, colour[1] / 255, colour[2] / 255};
    std::array<cmsUInt16Number, 4> inks{};
    transform(srgb, TYPE_RGB_DBL, press, TYPE_CMYK_16, rgb.data(), inks.data());
    return std::vector<double>{inks[0] / 65535.0, inks[1] / 65535.0, inks[2] / 65535.0, inks[3] / 65535.0};
  });
}

double error_of_inks(const std::string& cmyk_profile, const std::vector<double>& colour,
                     const std::vector<double>& inks) {
  return with_profiles(cmyk_profile, [&](cmsHPROFILE press, cmsHPROFILE srgb, cmsHPROFILE lab) {
    const std::array<double, 3> rgb{colour[0] / 255, colour[1] / 255, colour[2] / 255};
    const std::array<double, 4> per_cent{100 * inks[0], 100 * inks[1], 100 * inks[2], 100 * inks[3]};
    cmsCIELab wanted{};
    cmsCIELab seen{};
    transform(srgb, TYPE_RGB_DBL, lab, TYPE_Lab_DBL, rgb.data(), &wanted);
    transform(press, TYPE_CMYK_DBL, lab, TYPE_Lab_DBL, per_cent.data(), &seen);
    return cmsCIE2000DeltaE(&wanted, &seen, 1, 1, 1);
  });
}

}  // namespace wm::test
