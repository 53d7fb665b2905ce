// Marked files and what is said of damaged ones do not depend on how the scan is walked over.

#include <random>

#include "tests/support/catch.h"
#include "tests/unit/worker/jpeg/lanes/opened_scan.h"
#include "tests/unit/worker/jpeg/support/marks.h"
#include "worker/jpeg/in_place_marker.h"

using namespace wm;
using namespace wm::test;

namespace {

struct Told {
  ByteVector bytes;
  std::string text;
  friend bool operator==(const Told&, const Told&) = default;
};

Told told(jpeg::Bytes file, const jpeg::Candidate& candidate, const std::vector<jpeg::MarkLayer>& layers,
          const jpeg::WalkOptions& options) {
  jpeg::InPlaceMarker marker({}, std::size_t{1} << 20, options);
  const auto result = marker.mark(file, candidate, layers);
  if (const auto* damage = std::get_if<jpeg::Damage>(&result)) return {{}, damage->text};
  if (const auto* refusal = std::get_if<jpeg::Refusal>(&result)) return {{}, refusal->text};
  return {whole(file, std::get<jpeg::MarkedJpeg>(result)), "marked"};
}

/// Returns the text; fails the test when results differ.
std::string check_all_ways(jpeg::Bytes file, const std::vector<jpeg::MarkLayer>& layers) {
  const auto examined = jpeg::examine(file);
  const auto* candidate = std::get_if<jpeg::Candidate>(&examined);
  if (candidate == nullptr) return "";
  constexpr auto none = static_cast<std::size_t>(-1);
  const Told usual = told(file, *candidate, layers, {});
  for (const std::size_t bytes : {std::size_t{8192}, std::size_t{20000}, std::size_t{1} << 18}) {
    const Told plain = told(file, *candidate, layers, {.window_bytes = bytes, .surveyed_bits = none});
    const Told lanes =
        told(file, *candidate, layers, {.window_bytes = bytes, .surveyed_bits = 1, .surveyed_mcus = 1});
    if (lanes != plain) FAIL("in lanes: " << lanes.text << ", plainly: " << plain.text);
    if (plain.text == "marked" && plain != usual) FAIL("the size of the window makes a difference");
  }
  return usual.text;
}

std::vector<std::vector<jpeg::MarkLayer>> various_marks(int samples) {
  const auto disc = disc_mark(60, 50, samples);
  return {{},
          {{disc, {{400, 340}}, 0.5}},
          {{disc, {{0, 0}}, 1}},
          {{disc, {{30, 30}, {200, 35}, {100, 300}}, 1}},
          {{plain_mark(480, 9, samples, 90), {{0, 200}}, 1}}};
}

/// A grey picture of `blocks` blocks in a row, whose DC differences are all 32767.
ByteVector climbing_jpeg(std::size_t blocks) {
  std::string text = "\xff\xd8\xff\xdb";
  text += std::string("\0\x43\0", 3) + std::string(64, 1);
  const std::size_t width = blocks * 8;
  text += std::string("\xff\xc0\0\x0b\x08\0\x08", 7) + static_cast<char>(width >> 8) +
          static_cast<char>(width & 0xff) + std::string("\x01\x01\x11\0", 4);
  const std::string one_code_of_one_bit = std::string("\x01", 1) + std::string(15, '\0');
  text += std::string("\xff\xc4\0\x14\0", 5) + one_code_of_one_bit + '\x0f';
  text += std::string("\xff\xc4\0\x14\x10", 5) + one_code_of_one_bit + std::string(1, '\0');
  text += std::string("\xff\xda\0\x08\x01\x01\0\0\x3f\0", 10);
  const std::string block = "01111111111111110";  // size 15, 32767, end of block
  std::string bits;
  for (std::size_t i = 0; i < blocks; ++i) bits += block;
  while (bits.size() % 8 != 0) bits += '1';
  for (std::size_t i = 0; i < bits.size(); i += 8) {
    text += static_cast<char>(std::stoi(bits.substr(i, 8), nullptr, 2));
    if (text.back() == '\xff') text += '\0';
  }
  text += "\xff\xd9";
  const jpeg::Bytes bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_CASE("files are marked alike in lanes and plainly") {
  for (JpegRecipe recipe : various_recipes()) {
    for (const unsigned restart : {0U, 7U, 200U}) {
      recipe.restart_interval = restart;
      const ByteVector file = make_jpeg(recipe);
      for (const auto& layers : various_marks(recipe.components)) {
        CHECK(check_all_ways(file, layers) == "marked");
      }
    }
  }
}

TEST_CASE("pictures of one colour are marked alike in lanes and plainly") {
  const ByteVector file = make_jpeg({.width = 2000, .height = 1500, .flat = true});
  for (const auto& layers : various_marks(3)) CHECK(check_all_ways(file, layers) == "marked");
}

TEST_CASE("damage is told alike in lanes and plainly") {
  std::mt19937 generator(11);
  std::size_t damaged = 0;
  for (const bool optimised : {false, true}) {
    const ByteVector file = make_jpeg({.width = 300, .height = 200, .optimised = optimised});
    const std::size_t data = jpeg::read_header(file).scan.data;
    for (int i = 0; i < 120; ++i) {
      ByteVector changed = file;
      const auto place = static_cast<std::ptrdiff_t>(data + generator() % (file.size() - data - 2));
      if (i % 4 == 0) {
        changed.erase(changed.begin() + place, changed.end() - (i % 8 == 0 ? 2 : 0));
      } else if (i % 4 == 1) {
        changed.insert(changed.begin() + place, 3, std::byte{0x5a});
      } else {
        changed[static_cast<std::size_t>(place)] = static_cast<std::byte>(generator());
      }
      for (const Point at : {Point{0, 0}, Point{250, 160}}) {
        const std::vector<jpeg::MarkLayer> layers{{disc_mark(40, 30, 3), {at}, 1}};
        if (check_all_ways(changed, layers) != "marked") ++damaged;
      }
    }
  }
  CHECK(damaged > 150);
}

TEST_CASE("DC coefficients out of range are damage where a mark needs them") {
  const ByteVector file = climbing_jpeg(4000);
  const std::string out_of_range = "a DC coefficient is out of range";
  const auto mark = plain_mark(8, 8, 1, 100);
  CHECK(check_all_ways(file, {}) == "marked");
  CHECK(check_all_ways(file, {{mark, {{31992, 0}}, 1}}) == out_of_range);
  CHECK(check_all_ways(file, {{mark, {{8, 0}}, 1}}) == out_of_range);
  // The block after the mark needs another difference, which does not exist.
  CHECK(check_all_ways(file, {{mark, {{0, 0}}, 1}}) != "marked");
}
