#include "tests/support/catch.h"
#include "tests/unit/worker/jpeg/support/checked_marking.h"

using namespace wm;
using namespace wm::test;

namespace {

/// Spectral range and bits of each scan.
std::vector<std::array<int, 5>> scans_of(jpeg::Bytes file) {
  const jpeg::Header header = jpeg::read_header(file);
  std::vector<jpeg::Scan> scans{header.scan};
  const jpeg::Rest rest = jpeg::read_rest(file, header.frame, header.scan.data, 100);
  scans.insert(scans.end(), rest.scans.begin(), rest.scans.end());
  std::vector<std::array<int, 5>> found;
  for (const jpeg::Scan& scan : scans) {
    found.push_back({static_cast<int>(scan.components.size()), scan.spectral_first, scan.spectral_last,
                     scan.high_bit, scan.low_bit});
  }
  return found;
}

}  // namespace

TEST_CASE("progressive files and files of several scans: only touched MCUs change, scans and restarts stay") {
  unsigned seed = 500;
  for (const Scans scans : {Scans::progressive, Scans::one_per_component}) {
    for (const std::pair<int, int>& luma : {std::pair{1, 1}, {2, 1}, {2, 2}, {4, 1}}) {
      for (const unsigned restart : {0U, 1U, 6U}) {
        const JpegRecipe recipe{
            .width = 75,
            .height = 61,
            .sampling = {{luma, {1, 1}, {1, 1}}},
            .restart_interval = restart,
            .scans = scans,
            .segments = {{0xe1, "Exif or not"}, {0xfe, "a comment"}, {0xe2, "something else"}},
            .seed = ++seed};
        const Checked checked = check_marking(recipe, {{disc_mark(31, 25, 3), {{22, 17}}, 0.7}});
        CHECK(checked.marked.path == jpeg::Path::coefficients);
        CHECK(scans_of(checked.marked.bytes) == scans_of(make_jpeg(recipe)));
      }
    }
  }
}

TEST_CASE("progressive grey and RGB files") {
  check_marking({.components = 1, .scans = Scans::progressive}, {{disc_mark(31, 25, 1), {{22, 17}}, 0.7}});
  const Checked rgb =
      check_marking({.sampling = {{{1, 1}, {1, 1}, {1, 1}}}, .scans = Scans::progressive, .rgb_inside = true},
                    {{disc_mark(31, 25, 3), {{22, 17}}, 0.7}});
  CHECK(rgb.candidate.colours == jpeg::ColourModel::rgb);
}

TEST_CASE("more scans or more coefficients than allowed are refused") {
  const ByteVector file = make_jpeg({.scans = Scans::progressive});
  const jpeg::Limits few_scans{.scans = 3};
  const auto examined = jpeg::examine(file, few_scans);
  jpeg::InPlaceMarker marker(few_scans);
  const jpeg::MarkLayer layer{disc_mark(9, 9, 3), {{0, 0}}, 1};
  const auto result = marker.mark(file, std::get<jpeg::Candidate>(examined), std::span(&layer, 1));
  CHECK(std::get<jpeg::Refusal>(result).reason == jpeg::Reason::scans);

  // 64x48 at 4:2:0: 12 MCUs of 6 blocks of 128 bytes.
  CHECK(std::holds_alternative<jpeg::Candidate>(jpeg::examine(file, {.coefficient_bytes = 12 * 6 * 128})));
  const auto large = jpeg::examine(file, {.coefficient_bytes = 12 * 6 * 128 - 1});
  CHECK(std::get<jpeg::Refusal>(large).reason == jpeg::Reason::memory);
}

TEST_CASE("what libjpeg warns of is damage") {
  ByteVector file = make_jpeg({.scans = Scans::progressive});
  file.resize(file.size() - 40);
  file.push_back(std::byte{0xff});
  file.push_back(std::byte{0xd9});
  jpeg::InPlaceMarker marker;
  const jpeg::MarkLayer layer{disc_mark(9, 9, 3), {{0, 0}}, 1};
  const auto examined = jpeg::examine(file);
  const auto result = marker.mark(file, std::get<jpeg::Candidate>(examined), std::span(&layer, 1));
  CHECK(std::holds_alternative<jpeg::Damage>(result));
}
