#include "worker/marks/icc_profile.h"

#include <span>
#include <string>

#include "tests/support/catch.h"
#include "tests/unit/worker/support/profiles.h"

using namespace wm;
using namespace wm::test;

namespace {

bool says_srgb(const std::string& profile) {
  return is_srgb(std::as_bytes(std::span(profile)));
}

}  // namespace

TEST_CASE("sRGB is told from primaries and curves") {
  CHECK(says_srgb(srgb_profile()));
  CHECK_FALSE(says_srgb(srgb_primaries_profile(1)));
  CHECK_FALSE(says_srgb(srgb_primaries_profile(1.8)));
  CHECK_FALSE(says_srgb(srgb_primaries_profile(2.2)));
  CHECK_FALSE(says_srgb(display_p3_profile()));
  CHECK_FALSE(says_srgb(adobe_rgb_profile()));
  CHECK_FALSE(says_srgb(grey_profile(2.2)));
}

TEST_CASE("damaged profiles are read within their bounds") {
  const std::string whole = srgb_profile();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    // A copy of exactly that length, so that a sanitizer sees every byte after it.
    const std::string part(whole.data(), length);
    if (length < 140)
      CHECK_FALSE(says_srgb(part));
    else
      static_cast<void>(says_srgb(part));
  }
  for (std::size_t at = 128; at < whole.size(); ++at) {
    for (const char value : {'\x00', '\x7f', '\xff'}) {
      std::string damaged = whole;
      damaged[at] = value;
      static_cast<void>(says_srgb(damaged));
    }
  }
}
