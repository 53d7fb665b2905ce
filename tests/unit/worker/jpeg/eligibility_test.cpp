#include "tests/support/catch.h"
#include "tests/unit/worker/jpeg/support/checked_marking.h"

using namespace wm;
using namespace wm::test;
using jpeg::Reason;

namespace {

jpeg::Header header_of(const JpegRecipe& recipe) {
  static std::vector<ByteVector> kept;  // headers borrow
  kept.push_back(make_jpeg(recipe));
  return jpeg::read_header(kept.back());
}

Reason reason_of(const jpeg::Header& header) {
  return std::get<Reason>(jpeg::choose_path(header, {}));
}

}  // namespace

TEST_CASE("ordinary files are spliced, those of several scans rewritten") {
  CHECK(std::get<jpeg::Path>(jpeg::choose_path(header_of({}), {})) == jpeg::Path::splice);
  CHECK(std::get<jpeg::Path>(jpeg::choose_path(header_of({.components = 1}), {})) == jpeg::Path::splice);
  const auto progressive = header_of({.scans = Scans::progressive});
  CHECK(std::get<jpeg::Path>(jpeg::choose_path(progressive, {})) == jpeg::Path::coefficients);
  const auto several = header_of({.scans = Scans::one_per_component});
  CHECK(std::get<jpeg::Path>(jpeg::choose_path(several, {})) == jpeg::Path::coefficients);
}

TEST_CASE("what cannot be done in place is told with its reason") {
  CHECK(reason_of(header_of({.components = 4})) == Reason::cmyk);
  const auto changed = [](auto change) {
    jpeg::Header header = header_of({});
    change(header);
    return reason_of(header);
  };
  CHECK(changed([](auto& h) { h.frame.marker = 0xc9; }) == Reason::arithmetic);
  CHECK(changed([](auto& h) { h.frame.marker = 0xca; }) == Reason::arithmetic);
  CHECK(changed([](auto& h) { h.frame.marker = 0xc3; }) == Reason::lossless);
  CHECK(changed([](auto& h) { h.frame.marker = 0xc5; }) == Reason::hierarchical);
  CHECK(changed([](auto& h) { h.frame.precision = 12; }) == Reason::sample_depth);
  CHECK(changed([](auto& h) { h.frame.components.pop_back(); }) == Reason::components);
  CHECK(changed([](auto& h) { h.frame.height = 0; }) == Reason::height_later);
  CHECK(changed([](auto& h) { h.frame.components[0].horizontal = h.frame.components[0].vertical = 4; }) ==
        Reason::sampling);
  CHECK(changed([](auto& h) { (*h.quantisation[1])[5] = 0; }) == Reason::quantiser);
  CHECK(changed([](auto& h) { h.quantisation[0].reset(); }) == Reason::quantiser);
  CHECK(changed([](auto& h) { h.ac[1].reset(); }) == Reason::huffman_table);
  CHECK(changed([](auto& h) {
          h.frame.marker = 0xc2;
          h.frame.components[2].id = h.frame.components[0].id;
        }) == Reason::component_numbers);
}

TEST_CASE("three components are YCbCr or RGB by libjpeg's rule") {
  jpeg::Header header = header_of({});
  CHECK(jpeg::colour_model_of(header) == jpeg::ColourModel::ycc);
  header.adobe_transform = 0;
  CHECK(jpeg::colour_model_of(header) == jpeg::ColourModel::ycc);  // JFIF goes before
  header.jfif = false;
  CHECK(jpeg::colour_model_of(header) == jpeg::ColourModel::rgb);
  header.adobe_transform = 1;
  CHECK(jpeg::colour_model_of(header) == jpeg::ColourModel::ycc);
  header.adobe_transform.reset();
  CHECK(jpeg::colour_model_of(header) == jpeg::ColourModel::ycc);
  for (std::size_t i = 0; i < 3; ++i) header.frame.components[i].id = static_cast<std::uint8_t>("RGB"[i]);
  CHECK(jpeg::colour_model_of(header) == jpeg::ColourModel::rgb);
}

TEST_CASE("however much marks cover, and whatever lies outside of the scans, files go in place") {
  const ByteVector file = make_jpeg({.width = 640, .height = 480});
  const ByteVector several =
      make_jpeg({.width = 640, .height = 480, .quality = 97, .scans = Scans::one_per_component});
  const ByteVector long_tail = inserted(make_jpeg({}), make_jpeg({}).size(), std::string(1'600'000, '\0'));
  const jpeg::MarkLayer all{plain_mark(640, 480, 3, 99), {{0, 0}}, 0.5};
  for (const ByteVector& each : {file, several, long_tail}) {
    const auto examined = jpeg::examine(each);
    jpeg::InPlaceMarker marker;
    const auto result = marker.mark(each, std::get<jpeg::Candidate>(examined), std::vector(6, all));
    CHECK(std::holds_alternative<jpeg::MarkedJpeg>(result));
  }
}

TEST_CASE("a mark without the samples that the picture needs is the caller's mistake") {
  const ByteVector file = make_jpeg({});
  const auto examined = jpeg::examine(file);
  jpeg::InPlaceMarker marker;
  const jpeg::MarkLayer grey{disc_mark(9, 9, 1), {{0, 0}}, 1};
  CHECK_THROWS_AS(marker.mark(file, std::get<jpeg::Candidate>(examined), std::span(&grey, 1)),
                  std::invalid_argument);
}
