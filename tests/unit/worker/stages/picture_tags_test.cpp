#include "worker/stages/picture_tags.h"

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <vips/vips8>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/worker/metadata/sample_files.h"
#include "worker/vips/runtime.h"

using namespace wm;
using namespace wm::test;

namespace {

/// A picture of which the file has been read and nothing decoded.
Picture picture_of(const TempDir& directory, PictureFormat format, const std::string& bytes) {
  const std::string path = directory / "picture";
  std::ofstream(path, std::ios::binary) << bytes;
  Picture picture;
  picture.format = format;
  picture.input = InputFile::open(path);
  picture.input.read();
  return picture;
}

std::string jpeg_by(const std::string& artist) {
  constexpr int artist_tag = 0x013B;
  constexpr int ascii = 2;
  const std::string block = tiff_file(true, {{{artist_tag, ascii, artist + '\0'}}});
  return jpeg_with(plain_jpeg(8, 8, 90), jpeg_segment(0xE1, "Exif\0\0"s + block));
}

}  // namespace

TEST_CASE("a tag is found in the EXIF block of every container that has one") {
  const TempDir directory;
  const std::string block = exif_block({});
  const std::vector<std::pair<PictureFormat, std::string>> files{
      {PictureFormat::jpeg, jpeg_with(plain_jpeg(8, 8, 90), jpeg_segment(0xE1, "Exif\0\0"s + block))},
      {PictureFormat::png, png_file(2, png_chunk("eXIf", block))},
      {PictureFormat::webp, webp_file(riff_chunk("EXIF", block))},
  };
  for (const auto& [format, bytes] : files) {
    const Picture picture = picture_of(directory, format, bytes);
    CAPTURE(name(format));
    CHECK(exif_tag(picture, "Artist") == "Erika Muster");
    CHECK(exif_tag(picture, "DateTimeOriginal") == "2026:11:25 09:00:00");
    CHECK(exif_tag(picture, "GPSLatitude") == "-33.500000");
    CHECK_FALSE(exif_tag(picture, "LensModel"));
    CHECK_FALSE(exif_tag(picture, "NoSuchTag"));
  }
  CHECK_FALSE(exif_tag(picture_of(directory, PictureFormat::jpeg, plain_jpeg(8, 8, 90)), "Artist"));
}

TEST_CASE("a tag of a TIFF is one of its own directory") {
  const TempDir directory;
  for (const bool big : {true, false}) {
    const Picture picture =
        picture_of(directory, PictureFormat::tiff, tiff_file(big, {{{0x013B, 2, "Ada\0"s}}}));
    CHECK(exif_tag(picture, "Artist") == "Ada");
    CHECK_FALSE(exif_tag(picture, "Copyright"));
  }
}

TEST_CASE("a tag of a HEIF is in the block that libvips has found") {
  start_vips();
  Picture picture;
  picture.format = PictureFormat::heif;
  CHECK_FALSE(exif_tag(picture, "Artist"));
  picture.image = vips::VImage::black(1, 1).copy();
  CHECK_FALSE(exif_tag(picture, "Artist"));
  const std::string block = "Exif\0\0"s + exif_block({});
  vips_image_set_blob_copy(picture.image.get_image(), VIPS_META_EXIF_NAME, block.data(), block.size());
  CHECK(exif_tag(picture, "Artist") == "Erika Muster");
}

TEST_CASE("a name in Latin-1, as many cameras write it, is read") {
  const TempDir directory;
  const auto artist = [&](const std::string& bytes) {
    return exif_tag(picture_of(directory, PictureFormat::jpeg, jpeg_by(bytes)), "Artist");
  };
  CHECK(artist("J\xF6rg M\xFCller") == "J\xC3\xB6rg M\xC3\xBCller");
  CHECK(artist("J\xC3\xB6rg M\xC3\xBCller") == "J\xC3\xB6rg M\xC3\xBCller");
  CHECK(artist("a, b (c, d) e") == "a, b (c, d) e");
  CHECK(artist(std::string(300, 'x')) == std::string(300, 'x'));
}
