#include "worker/stages/picture_tags.h"

#include "tests/support/catch.h"
#include "worker/vips/runtime.h"

using namespace wm;

TEST_CASE("a tag's value is told from what libvips says around it") {
  CHECK(exif_value("Ada (Ada, ASCII, 4 components, 4 bytes)") == "Ada");
  CHECK(exif_value("Ada (x) (Ada (x), ASCII, 8 components, 8 bytes)") == "Ada (x)");
  CHECK(exif_value("a, b (c, d) e (a, b (c, d) e, ASCII, 14 components, 14 bytes)") == "a, b (c, d) e");
  CHECK(exif_value("a long (text) with more (a long (text) wi, ASCII, 26 components, 26 bytes)") ==
        "a long (text) with more");
  CHECK(exif_value("28/10 (f/2.8, Rational, 1 components, 8 bytes)") == "f/2.8");
  CHECK(exif_value("200 (200, Short, 1 components, 2 bytes)") == "200");
  CHECK(exif_value(" (, ASCII, 1 components, 1 bytes)").empty());
  CHECK(exif_value("  padded   (  padded  , ASCII, 11 components, 11 bytes)") == "padded");
  for (const char* odd : {"", "(", " (", ", , , )", "x", "x (", ", components, bytes)"}) {
    CAPTURE(odd);
    CHECK_NOTHROW(exif_value(odd));
  }
  CHECK(exif_value("just this") == "just this");
}

TEST_CASE("a tag is looked for in the picture's, the EXIF and the GPS directory") {
  start_vips();
  vips::VImage image = vips::VImage::black(1, 1).copy();
  image.set("exif-ifd0-Artist", "Ada (Ada, ASCII, 4 components, 4 bytes)");
  image.set("exif-ifd1-Compression", "6 (JPEG compression, Short, 1 components, 2 bytes)");
  image.set("exif-ifd2-FNumber", "28/10 (f/2.8, Rational, 1 components, 8 bytes)");
  image.set("exif-ifd3-GPSLatitudeRef", "N (N, ASCII, 2 components, 2 bytes)");
  CHECK(exif_tag(image, "Artist") == "Ada");
  CHECK(exif_tag(image, "FNumber") == "f/2.8");
  CHECK(exif_tag(image, "GPSLatitudeRef") == "N");
  CHECK_FALSE(exif_tag(image, "Compression"));  // of the thumbnail
  CHECK_FALSE(exif_tag(image, "Copyright"));
}
