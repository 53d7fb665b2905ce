// Which tags of a TIFF go over: all that do not say how the old samples are stored.

#include <algorithm>

#include "tests/support/catch.h"
#include "tests/unit/worker/metadata/sample_files.h"

using namespace wm::metadata;
using namespace wm::test;

namespace {

/// Tag -> raw value, of the directory at `at`.
std::map<int, std::string> view_big(const std::string& file, std::size_t at, bool big) {
  std::map<int, std::string> view;
  const auto count = number_at(file, at, 8, big);
  constexpr int sizes[]{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t entry = at + 8 + 20 * i;
    const auto size = number_at(file, entry + 4, 8, big) *
                      static_cast<std::size_t>(sizes[number_at(file, entry + 2, 2, big)]);
    const auto from = size <= 8 ? entry + 12 : number_at(file, entry + 12, 8, big);
    view[static_cast<int>(number_at(file, entry, 2, big))] = file.substr(from, size);
  }
  return view;
}

std::map<int, std::string> view_big_page(const std::string& file, bool big) {
  return view_big(file, number_at(file, 8, 8, big), big);
}

std::string rational(unsigned above, unsigned below) {
  return number(above, 4) + number(below, 4);
}

const std::string white = rational(3127, 10000) + rational(3290, 10000);
const std::string primaries = rational(64, 100) + rational(33, 100) + rational(30, 100) + rational(60, 100) +
                              rational(15, 100) + rational(6, 100);

/// The page of tiff_file(), but RGB.
std::string rgb_tiff(const std::vector<TiffFieldRecipe>& more) {
  std::string file = tiff_file(true, {more});
  const std::size_t entries = 10;  // the fifth is PhotometricInterpretation
  file.replace(entries + 4 * 12 + 8, 2, number(2, 2));
  return file;
}

}  // namespace

TEST_CASE("what says what colours and samples mean goes over where the samples are of the same kind") {
  const std::vector<TiffFieldRecipe> colours{{318, 5, white}, {319, 5, primaries}};
  const std::vector<TiffFieldRecipe> samples{
      {290, 3, number(3, 2)}, {291, 3, std::string(512, 'c')}, {301, 3, std::string(512, 't')},
      {280, 3, number(0, 2)}, {281, 3, number(255, 2)},        {336, 3, number(0, 2) + number(255, 2)}};
  const auto grey = carry(tiff_file(true, {samples}), tiff_file(true, {{}}), {});
  CHECK(grey.losses.empty());
  const auto view = view_exif(grey.bytes).main;
  for (const auto& field : samples) {
    CAPTURE(field.tag);
    CHECK(view.at(field.tag).second == field.value);
  }
  const auto rgb = carry(rgb_tiff(colours), rgb_tiff({}), {.policy = CarryPolicy::none});
  CHECK(view_exif(rgb.bytes).main.at(318).second == white);
  CHECK(view_exif(rgb.bytes).main.at(319).second == primaries);
  CHECK(rgb.losses.empty());

  const auto other = carry(rgb_tiff(samples), tiff_file(true, {{}}), {});
  for (const auto& field : samples) CHECK_FALSE(view_exif(other.bytes).main.contains(field.tag));
  CHECK(other.losses.size() == samples.size());
  CHECK(carry(rgb_tiff(colours), tiff_file(true, {{}}), {}).losses ==
        std::vector{"TIFF tag 318"s, "TIFF tag 319"s});
  // Marks may be brighter than the brightest sample was.
  CHECK(carry(tiff_file(true, {{{281, 3, number(200, 2)}}}), tiff_file(true, {{}}), {}).losses ==
        std::vector{"TIFF tag 281"s});
}

TEST_CASE("private tags go over, without pictures in them; tags of sensors do not") {
  const std::string preview = plain_jpeg(32, 24, 40);
  const std::string input = tiff_file(true, {{{34022, 1, "x"},
                                              {50706, 1, "\1\4\0\0"s},
                                              {50844, 12, std::string(16, 'd')},
                                              {65000, 7, "before" + preview},
                                              {65001, 129, "caf\xC3\xA9\0"s}}});
  const auto result = carry(input, tiff_file(false, {{}}), {});
  const auto view = view_exif(result.bytes).main;
  CHECK(view.at(65000).second == "before" + std::string(preview.size(), '\0'));
  CHECK(view.at(65001).second == "caf\xC3\xA9\0"s);
  CHECK(view.contains(50844));
  CHECK(result.losses ==
        std::vector{"TIFF sub-pictures"s, "TIFF tag 50706"s, "1 preview picture in a TIFF tag"s});
}

TEST_CASE("private directories go over, unless they have pictures") {
  const std::string plain = tiff_file(true, {{{65002, 13, number(0, 4)}}});
  const auto with_directory = [&](const std::string& entries, unsigned count) {
    std::string file = tiff_file(true, {{{65002, 13, number(plain.size(), 4)}}});
    return file + number(count, 2) + entries + number(0, 4);
  };
  const std::string name = number(305, 2) + number(2, 2) + number(4, 4) + "abc\0"s;
  const auto result = carry(with_directory(name, 1), tiff_file(true, {{}}), {});
  CHECK(result.losses.empty());
  const auto at = number_at(view_exif(result.bytes).main.at(65002).second, 0, 4);
  CHECK(result.bytes.substr(at, 14) == number(1, 2) + name);
  const std::string strip = number(273, 2) + number(4, 2) + number(1, 4) + number(8, 4);
  CHECK(carry(with_directory(strip, 1), tiff_file(true, {{}}), {}).losses ==
        std::vector{"TIFF sub-pictures"s});
}

TEST_CASE("BigTIFF files keep their tags, EXIF and numbers of 64 bits, in both byte orders") {
  for (const bool from_big : {true, false}) {
    for (const bool to_big : {true, false}) {
      const std::string input =
          big_tiff_file({{270, 2, 20, "a description, long\0"s},
                         {315, 2, 6, "Erika\0"s},
                         {700, 1, xmp_packet("").size(), xmp_packet("")},
                         {65000, 16, 2, number(5, 8, from_big) + number(1ULL << 40, 8, from_big)}},
                        {{36867, 2, 20, "2026:11:25 09:00:00\0"s}, {37500, 7, 12, "a maker note"}}, from_big);
      const auto result = carry(input, big_tiff_file({}, {}, to_big), {.copyright = "R (c)"});
      const auto view = view_big_page(result.bytes, to_big);
      CHECK(view.at(270) == "a description, long\0"s);
      CHECK(view.at(315) == "Erika\0"s);
      CHECK(view.at(33432) == "R (c)\0"s);
      CHECK(view.at(700).find("R (c)") != std::string::npos);
      CHECK(view.at(65000) == number(5, 8, to_big) + number(1ULL << 40, 8, to_big));
      CHECK(view.at(273) == number(16, 8, to_big));
      const auto exif = view_big(result.bytes, number_at(view.at(34665), 0, 8, to_big), to_big);
      CHECK(exif.at(36867) == "2026:11:25 09:00:00\0"s);
      CHECK(exif.at(37500) == "a maker note");
      CHECK(result.losses == std::vector{"offsets inside the maker note"s});

      const auto classic = view_exif(carry(input, tiff_file(to_big, {{}}), {}).bytes);
      CHECK(classic.main.at(315).second == "Erika\0"s);
      CHECK(classic.exif.at(36867).second == "2026:11:25 09:00:00\0"s);
    }
  }
  const std::string input = big_tiff_file({{270, 2, 6, "words\0"s}, {285, 16, 1, number(7, 8)}}, {}, true);
  const auto view = view_exif(carry(input, tiff_file(true, {{}}), {}).bytes).main;
  CHECK(view.at(285) == std::pair{4, number(7, 4)});
  CHECK(view_exif(payloads(carry(input, plain_jpeg(8, 8, 40), {}).bytes, 0xE1, "Exif").at(0).substr(6))
            .main.at(270)
            .second == "words\0"s);
}

TEST_CASE("of a TIFF's Photoshop resources and IPTC both go to another container") {
  const std::string record = "\x1C\2\x50\0\5Erika"s;
  const std::string resources = "8BIM\x03\xED\0\0\0\0\0\2ab"s;
  const std::string iptc = "8BIM\4\4\0\0\0\0\0\x0A"s + record;
  const auto irb_of = [](const Carried& carried) {
    const std::string head = "Photoshop 3.0\0"s;
    const auto found = payloads(carried.bytes, 0xED, head);
    return found.empty() ? "" : found.front().substr(head.size());
  };
  const auto both =
      carry(tiff_file(true, {{{33723, 7, record}, {34377, 1, resources}}}), plain_jpeg(8, 8, 40), {});
  CHECK(irb_of(both) == resources + iptc);
  // As LONGs of the other byte order.
  std::string turned = record + "\0\0"s;
  for (std::size_t i = 0; i + 3 < turned.size(); i += 4)
    std::reverse(turned.begin() + static_cast<std::ptrdiff_t>(i),
                 turned.begin() + static_cast<std::ptrdiff_t>(i + 4));
  CHECK(irb_of(carry(tiff_file(true, {{{33723, 4, turned}}}), plain_jpeg(8, 8, 40), {})).find("Erika") !=
        std::string::npos);
}
