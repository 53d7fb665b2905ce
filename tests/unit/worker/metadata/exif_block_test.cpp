#include "worker/metadata/exif_block.h"

#include "tests/support/catch.h"
#include "tests/unit/worker/metadata/sample_files.h"
#include "worker/metadata/exif_text.h"

using namespace wm::metadata;
using namespace wm::test;

TEST_CASE("EXIF values are read by their names in both byte orders") {
  for (const bool big : {true, false}) {
    const std::string block = exif_block({.big = big});
    const auto exif = ExifBlock::read(bytes_of(block));
    REQUIRE(exif);
    CHECK(exif->text("Artist") == "Erika Muster");
    CHECK(exif->text("copyright") == "(c) Erika Muster");
    CHECK(exif->text("Make") == "Nordlicht Kamera");
    CHECK(exif->text("DateTimeOriginal") == "2026:11:25 09:00:00");
    CHECK(exif->text("ExposureTime") == "1/250");
    CHECK(exif->text("ExifVersion") == "0232");
    CHECK(exif->text("XResolution") == "300");
    CHECK(exif->text("PixelXDimension") == "64");
    CHECK(exif->text("GPSLatitude") == "-33.500000");
    CHECK(exif->orientation() == 6);
    CHECK_FALSE(exif->text("LensModel"));
    CHECK_FALSE(exif->text("NoSuchTag"));
  }
  CHECK(is_exif_name("FNumber"));
  CHECK_FALSE(is_exif_name("FNumbre"));
}

TEST_CASE("hostile EXIF text becomes one clean line of UTF-8") {
  CHECK(clean_text("  Zo\xC3\xAB \n") == "Zo\xC3\xAB");
  CHECK(clean_text("Zo\xEB") == "Zo\xC3\xAB");
  CHECK(clean_text("a\x1B[31mb\nc") == "a [31mb c");
  const std::string turn{'\xE2', '\x80', '\xAE'};  // U+202E
  CHECK(clean_text("a" + turn + "b") == "a b");
  CHECK(clean_text(std::string_view("ab\0cd", 5)) == "ab");
  CHECK(clean_text(std::string(5000, 'x')).size() == 1000);
  // A long text whose last character is cut in the middle stays UTF-8.
  std::string umlauts;
  for (int i = 0; i < 4000; ++i) umlauts += "\xC3\xBC";
  CHECK(clean_text("x" + umlauts).size() == 999);
}

TEST_CASE("directories that point to themselves or outside are no trouble") {
  std::string loop = exif_block({});
  loop.replace(8 + 2 + 9 * 12, 4, number(8, 4));  // its own chain
  const auto exif = ExifBlock::read(bytes_of(loop));
  REQUIRE(exif);
  CHECK_FALSE(exif->thumbnail());
  CHECK_FALSE(ExifBlock::read(bytes_of("MM\0*\0\0\0\x04"s)));
  CHECK_FALSE(ExifBlock::read(bytes_of("MM\0*\xFF\xFF\xFF\xFF"s)));
  CHECK_FALSE(ExifBlock::read(bytes_of("II*\0\x08\0\0\0\xFF\xFF"s)));
  CHECK_FALSE(ExifBlock::read({}));
}
