// Which fonts a text is set in, and what is said of letters that none has.

#include <algorithm>
#include <filesystem>
#include <span>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/worker/support/drawn_text.h"

using namespace wm;
using namespace wm::test;
using Catch::Matchers::Contains;

namespace {

constexpr auto no_letter = "\U0010FFFD";  // for private use, at the very end

FontFile dejavu(const std::string& name) {
  const std::string path = "/usr/share/fonts/truetype/dejavu/" + name;
  const std::string bytes = read_file(path);
  REQUIRE_FALSE(bytes.empty());
  const auto raw = std::as_bytes(std::span(bytes));
  return {path, {raw.begin(), raw.end()}};
}

bool same(const Raster& one, const Raster& other) {
  return one.size == other.size && one.rgba == other.rgba;
}

Text in_font(const std::string& font) {
  Text text = text_of("Rag 1", 48);
  text.font = font;
  return text;
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

bool has_letter(char32_t letter) {
  return TextFonts(Text{}).family_with(letter).has_value();
}

}  // namespace

TEST_CASE("a font file is used without naming its font") {
  const Raster serif = drawn(in_font("DejaVu Serif"));
  const Raster sans = drawn(in_font("DejaVu Sans"));
  REQUIRE_FALSE(same(serif, sans));
  Text text = in_font("sans");
  text.font_file = dejavu("DejaVuSerif.ttf");
  CHECK(same(drawn(text), serif));
  text.font = "dejavu serif";  // its own name
  CHECK(same(drawn(text), serif));
  text.font_file = dejavu("DejaVuSans-Bold.ttf");  // has no such family
  CHECK(same(drawn(text), serif));
  text.font = "DejaVu Sans";  // installed in several weights, but the file was asked for
  text.text = "\u25b6 bold";
  Text bold = text;
  bold.font = "DejaVu Sans Bold";
  bold.font_file.reset();
  CHECK(moments(drawn(text)).area == Approx(moments(drawn(bold)).area).epsilon(0.15));
}

TEST_CASE("a text goes on in installed fonts where the font file ends") {
  Text text = text_of("\u0645\u0631\u062d\u0628\u0627", 40);  // Arabic is in DejaVu Sans, not in Serif
  const Raster sans = drawn(text);
  text.font_file = dejavu("DejaVuSerif.ttf");
  CHECK(moments(drawn(text)).area == Approx(moments(sans).area).epsilon(0.2));
}

TEST_CASE("a broken font file is named") {
  start_vips();
  Text text = in_font("sans");
  text.font_file = dejavu("DejaVuSerif.ttf");
  text.font_file->path = "my.ttf";
  text.font_file->bytes.resize(500);
  CHECK_THROWS_WITH(TextMark(text), Contains("my.ttf"));
  text.font_file->bytes.clear();
  CHECK_THROWS_WITH(TextMark(text), Contains("my.ttf"));
}

TEST_CASE("font files leave no descriptor behind") {
  start_vips();
  Text text = in_font("sans");
  text.font_file = dejavu("DejaVuSerif.ttf");
  drawn(text);  // fontconfig opens what it keeps
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 3; ++i) drawn(text);
  CHECK(open_descriptors() == before);
}

TEST_CASE("letters that no font has are named, each once") {
  start_vips();
  const Text text = text_of(std::string("a") + no_letter + "b" + no_letter, 20);
  try {
    const TextMark mark(text);
    FAIL("accepted");
  } catch (const MarkError& error) {
    const std::string message = error.what();
    CHECK_THAT(message, Contains("U+10FFFD") && Contains("--fontfile"));
    CHECK(message.find("U+10FFFD") == message.rfind("U+10FFFD"));
  }
  CHECK_THROWS_AS(TextMark(text_of(std::string("{stem} ") + no_letter, 20)), MarkError);
  CHECK_THROWS_AS(TextMark(text_of(std::string("{exif:Artist|") + no_letter + "}", 20)), MarkError);
}

TEST_CASE("an installed font that has a letter is found") {
  const TextFonts fonts((Text()));
  REQUIRE(fonts.family_with(U'A'));
  CHECK_FALSE(fonts.family_with(0x10FFFD));
  if (has_letter(0x4E2D)) {
    // Not among the fonts that every machine with these tests has.
    CHECK_THAT(*fonts.family_with(0x4E2D), !Contains("DejaVu"));
  }
}

TEST_CASE("letters of a variable that no font has are told of once, and boxes stand for them") {
  start_vips();
  const Text text = text_of("{stem}", 20);
  TextMark mark(text);
  const std::string path = std::string("/a/") + no_letter + ".png";
  CHECK(mark.set_facts({.input_path = "/a/plain.png"}));
  CHECK(mark.take_note().empty());
  CHECK(mark.set_facts({.input_path = path}));
  CHECK_THAT(mark.take_note(), Contains("U+10FFFD"));
  CHECK(moments(mark.draw({500, 500}, mark.natural_size({500, 500}))).area > 20);
  CHECK(mark.set_facts({.input_path = "/a/plain.png"}));
  CHECK(mark.set_facts({.input_path = path}));
  CHECK(mark.take_note().empty());
}

TEST_CASE("Chinese is drawn where a font has it") {
  if (!has_letter(0x4E2D)) skip("no font has Chinese letters; fonts-wqy-microhei would");
  const Raster middle = drawn(text_of("\u4e2d", 64));
  const Raster country = drawn(text_of("\u56fd", 64));
  CHECK_FALSE(same(middle, country));
  // Symmetric but for the hand's weight: the right half holds about as much ink as the left one.
  const Moments ink = moments(middle);
  CHECK(ink.x == Approx(middle.size.width / 2.0).margin(middle.size.width * 0.06));
}

TEST_CASE("emoji keep their colours, take the fill's alpha and cast a shadow") {
  if (!has_letter(0x1F600)) skip("no font has emoji; fonts-noto-color-emoji would");
  Text text = text_of("\U0001F600", 64);
  text.fill = {0, 0, 255, 255};
  const auto yellow = [](const Pixel& pixel) {
    return pixel.red > 180 && pixel.green > 130 && pixel.blue < 120 ? pixel.alpha / 255.0 : 0.0;
  };
  const Raster opaque = drawn(text);
  const double face = moments(opaque, yellow).area;
  CHECK(face > 0.4 * opaque.size.width * opaque.size.height);
  text.fill.alpha = 51;
  CHECK(moments(drawn(text), yellow).area == Approx(face / 5).epsilon(0.05));
  text.shadow = Shadow{
      {200, Length::Unit::percent}, {0, Length::Unit::percent}, {0, Length::Unit::percent}, {0, 255, 0, 255}};
  const double shadow = moments(drawn(text), [](const Pixel& pixel) {
                          return pixel.green == 255 && pixel.red == 0 ? pixel.alpha / 255.0 : 0.0;
                        }).area;
  CHECK(shadow == Approx(moments(opaque).area).epsilon(0.02));
}

TEST_CASE("a missing font is reported, with the one that replaces it") {
  start_vips();
  const auto note = [](const std::string& font) {
    Text text = text_of("word", 20);
    text.font = font;
    TextMark mark(text);
    const std::string told = mark.take_note();
    CHECK(mark.take_note().empty());
    CHECK(mark.missing().empty() == told.empty());
    return told;
  };
  CHECK(note("No Such Font Bold").find("No Such Font") != std::string::npos);
  for (const std::string there : {"sans", "Serif Italic", "monospace", "DejaVu Sans Bold", "dejavu sans",
                                  "No Such Font, DejaVu Sans", "Bold"}) {
    CAPTURE(there);
    CHECK(note(there).empty());
  }
}
