// Inks for a mark's colours, judged by Little CMS with the same profile from inks to Lab.

#include "worker/marks/press_inks.h"

#include <random>
#include <string>

#include <vips/vips8>

#include "tests/support/catch.h"
#include "tests/unit/worker/support/profiles.h"
#include "worker/vips/runtime.h"

using namespace wm;
using namespace wm::test;

namespace {

/// The profile that libvips brings along.
std::string press_profile() {
  start_vips();
  const auto pixel = vips::VImage::black(1, 1, vips::VImage::option()->set("bands", 3))
                         .copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB))
                         .icc_transform("cmyk", vips::VImage::option()->set("input_profile", "srgb"));
  std::size_t size = 0;
  const auto* bytes = static_cast<const char*>(pixel.get_blob(VIPS_META_ICC_NAME, &size));
  return {bytes, size};
}

std::vector<double> inks_for(const std::string& profile, const std::vector<double>& colour) {
  std::vector<std::uint8_t> rgb;
  for (const double value : colour) rgb.push_back(static_cast<std::uint8_t>(value));
  return press_inks(rgb, std::as_bytes(std::span(profile))).value();
}

}  // namespace

TEST_CASE("a colour that can be printed looks as meant, where the profile alone does not manage") {
  const std::string profile = press_profile();
  const std::vector<std::vector<double>> colours{{128, 128, 128}, {250, 240, 230}, {12, 34, 56}};
  for (const auto& colour : colours) {
    CAPTURE(colour);
    CHECK(error_of_inks(profile, colour, own_inks(profile, colour)) > 2);
    CHECK(error_of_inks(profile, colour, inks_for(profile, colour)) < 2);
  }
  for (const double ink : inks_for(profile, {255, 255, 255})) CHECK(ink < 0.5 / 255);
}

TEST_CASE("no colour looks worse than with the profile's own inks, and inks are within their range") {
  const std::string profile = press_profile();
  std::mt19937 random(3);
  const auto value = [&] { return static_cast<double>(random() % 256); };
  int better = 0;
  constexpr int count = 300;
  for (int i = 0; i < count; ++i) {
    const std::vector<double> colour =
        i < 8 ? std::vector<double>{i & 1 ? 255.0 : 0, i & 2 ? 255.0 : 0, i & 4 ? 255.0 : 0}
              : std::vector<double>{value(), value(), value()};
    const auto inks = inks_for(profile, colour);
    CAPTURE(colour, inks);
    REQUIRE(inks.size() == 4);
    for (const double ink : inks) CHECK((ink >= 0 && ink <= 1));
    const double own = error_of_inks(profile, colour, own_inks(profile, colour));
    const double found = error_of_inks(profile, colour, inks);
    CHECK(found <= own + 0.3);  // the profile's own are those of a transform in integers
    better += found < own - 0.1;
  }
  CHECK(better > count / 4);
}

TEST_CASE("pixels of the same colour get the same inks, at their own places") {
  const std::string profile = press_profile();
  const std::vector<std::uint8_t> rgb{255, 255, 255, 128, 128, 128, 255, 255, 255, 200, 100, 50};
  const auto inks = press_inks(rgb, std::as_bytes(std::span(profile))).value();
  REQUIRE(inks.size() == 16);
  for (std::size_t pixel = 0; pixel < 4; ++pixel) {
    const std::vector<double> colour{static_cast<double>(rgb[3 * pixel]),
                                     static_cast<double>(rgb[3 * pixel + 1]),
                                     static_cast<double>(rgb[3 * pixel + 2])};
    const auto alone = inks_for(profile, colour);
    for (std::size_t ink = 0; ink < 4; ++ink) CHECK(inks[4 * pixel + ink] == alone[ink]);
  }
}

TEST_CASE("profiles that are no press's or damaged give no inks, and no trouble") {
  const std::vector<std::uint8_t> rgb{1, 2, 3};
  const auto tried = [&](const std::string& profile) {
    return press_inks(rgb, std::as_bytes(std::span(profile)));
  };
  CHECK_FALSE(tried(""));
  CHECK_FALSE(tried("no profile"));
  CHECK_FALSE(tried(srgb_profile()));
  CHECK_FALSE(tried(grey_profile(2.2)));
  const std::string whole = press_profile();
  for (std::size_t length = 0; length < whole.size(); length += whole.size() / 40) {
    if (const auto inks = tried(whole.substr(0, length))) CHECK(inks->size() == 4);  // of the tables before
  }
  std::mt19937 random(5);
  for (int i = 0; i < 200; ++i) {
    std::string flipped = whole;
    // Mostly in the header, the tags' directory and the heads of tables.
    for (int k = 0; k < 3; ++k) {
      char& byte = flipped[random() % (k == 0 ? whole.size() : 500)];
      byte = static_cast<char>(byte ^ (1 << random() % 8));
    }
    if (const auto inks = tried(flipped)) CHECK(inks->size() == 4);
  }
}
