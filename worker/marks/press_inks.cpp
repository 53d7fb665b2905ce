#include "worker/marks/press_inks.h"

#include <lcms2.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <type_traits>

namespace wm {
namespace {

// With four, printable colours are within 0.5 CIEDE2000 of the target; more gain little.
constexpr int max_corrections = 4;
constexpr double near_enough = 0.25;  // the resolution of 8 bits an ink
constexpr std::size_t max_profile = std::size_t{64} << 20;

template <auto function>
struct Deleter {
  template <class T>
  void operator()(T* value) const {
    function(value);
  }
};
template <auto function>
using Handle = std::unique_ptr<void, Deleter<function>>;
using Profile = Handle<&cmsCloseProfile>;
using Transform = Handle<&cmsDeleteTransform>;
/// Separate from that of libvips, so that libvips' handler does not get the errors.
using Context = std::unique_ptr<std::remove_pointer_t<cmsContext>, Deleter<&cmsDeleteContext>>;

using Inks = std::array<double, 4>;  // per cent

/// Converts colours to a press's inks and back.
class Press {
 public:
  explicit Press(std::span<const std::byte> bytes) : context_(cmsCreateContext(nullptr, nullptr)) {
    if (context_ == nullptr || bytes.size() > max_profile) return;
    const Profile press(
        cmsOpenProfileFromMemTHR(context_.get(), bytes.data(), static_cast<cmsUInt32Number>(bytes.size())));
    const Profile srgb(cmsCreate_sRGBProfileTHR(context_.get()));
    const Profile lab(cmsCreateLab4ProfileTHR(context_.get(), nullptr));
    if (!press || !srgb || !lab || cmsGetColorSpace(press.get()) != cmsSigCmykData) return;
    to_lab_ = transform(srgb, TYPE_RGB_8, lab, TYPE_Lab_DBL);
    to_inks_ = transform(lab, TYPE_Lab_DBL, press, TYPE_CMYK_DBL);
    look_ = transform(press, TYPE_CMYK_DBL, lab, TYPE_Lab_DBL);
  }

  [[nodiscard]] bool usable() const { return to_lab_ && to_inks_ && look_; }

  [[nodiscard]] Inks inks_for(const std::array<std::uint8_t, 3>& rgb) const {
    cmsCIELab wanted{};
    cmsDoTransform(to_lab_.get(), rgb.data(), &wanted, 1);
    cmsCIELab aim = wanted;
    Inks best{};
    double least = std::numeric_limits<double>::infinity();
    for (int i = 0; i <= max_corrections && least > near_enough; ++i) {
      Inks inks{};
      cmsCIELab seen{};
      cmsDoTransform(to_inks_.get(), &aim, inks.data(), 1);
      cmsDoTransform(look_.get(), inks.data(), &seen, 1);
      const double error = cmsCIE2000DeltaE(&wanted, &seen, 1, 1, 1);
      if (i == 0 || error < least) {
        least = error;
        best = inks;
      }
      aim.L += wanted.L - seen.L;
      aim.a += wanted.a - seen.a;
      aim.b += wanted.b - seen.b;
    }
    return best;
  }

 private:
  /// Relative colorimetric: paper is white.
  [[nodiscard]] Transform transform(const Profile& from, cmsUInt32Number from_type, const Profile& to,
                                    cmsUInt32Number to_type) const {
    return Transform(cmsCreateTransformTHR(context_.get(), from.get(), from_type, to.get(), to_type,
                                           INTENT_RELATIVE_COLORIMETRIC, cmsFLAGS_NOOPTIMIZE));
  }

  Context context_;
  Transform to_lab_, to_inks_, look_;
};

std::array<std::uint8_t, 3> colour_at(std::span<const std::uint8_t> rgb, std::size_t pixel) {
  return {rgb[3 * pixel], rgb[3 * pixel + 1], rgb[3 * pixel + 2]};
}

}  // namespace

std::optional<std::vector<double>> press_inks(std::span<const std::uint8_t> rgb,
                                              std::span<const std::byte> profile) {
  const Press press(profile);
  if (!press.usable()) return std::nullopt;
  const std::size_t pixels = rgb.size() / 3;
  // Texts and most logos have few colours.
  std::vector<std::array<std::uint8_t, 3>> colours(pixels);
  for (std::size_t i = 0; i < pixels; ++i) colours[i] = colour_at(rgb, i);
  std::ranges::sort(colours);
  colours.erase(std::unique(colours.begin(), colours.end()), colours.end());
  std::vector<Inks> inks;
  inks.reserve(colours.size());
  for (const auto& colour : colours) inks.push_back(press.inks_for(colour));

  std::vector<double> result;
  result.reserve(4 * pixels);
  for (std::size_t i = 0; i < pixels; ++i) {
    const auto found = std::ranges::lower_bound(colours, colour_at(rgb, i));
    for (const double ink : inks[static_cast<std::size_t>(found - colours.begin())]) {
      result.push_back(std::clamp(ink / 100, 0.0, 1.0));
    }
  }
  return result;
}

}  // namespace wm
