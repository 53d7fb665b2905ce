#include "common/picture/picture_format.h"

#include <string>

#include "tests/support/catch.h"

using namespace wm;

namespace {

PictureFormat sniff(const std::string& text) {
  return sniff_format(std::as_bytes(std::span(text)));
}

}  // namespace

TEST_CASE("formats are told from the first bytes") {
  using namespace std::string_literals;
  CHECK(sniff("\xff\xd8\xff\xe0"s) == PictureFormat::jpeg);
  CHECK(sniff("\x89PNG\r\n\x1a\n"s) == PictureFormat::png);
  CHECK(sniff("RIFF\x10\0\0\0WEBPVP8 "s) == PictureFormat::webp);
  CHECK(sniff("II*\0"s) == PictureFormat::tiff);
  CHECK(sniff("MM\0*"s) == PictureFormat::tiff);
  CHECK(sniff("II+\0"s) == PictureFormat::tiff);
  CHECK(sniff("GIF89a"s) == PictureFormat::gif);
  CHECK(sniff("\0\0\0\x1c"
              "ftypavif"s) == PictureFormat::heif);
  CHECK(sniff("<?xml version='1.0'?>\n<svg "s) == PictureFormat::svg);
}

TEST_CASE("other files and fragments are unknown") {
  using namespace std::string_literals;
  for (const auto& text : {""s, "RIFF"s, "RIFF\0\0\0\0WAVE"s,
                           "\0\0\0\x1c"
                           "ftypmp42"s,
                           "%PDF-1.4"s, "\xff\xd8"s, "BM"s, "hello"s, "\0\0\0"s}) {
    CHECK(sniff(text) == PictureFormat::unknown);
  }
}

TEST_CASE("each kind of HEIF is known, and text that mentions SVG is none") {
  using namespace std::string_literals;
  for (const auto* brand : {"avis", "mif1", "msf1", "heic", "heix", "hevc", "hevx", "heim", "heis"}) {
    CAPTURE(brand);
    CHECK(sniff("\0\0\0\x1c"s + "ftyp" + brand) == PictureFormat::heif);
  }
  CHECK(sniff("\xEF\xBB\xBF\n <svg/>") == PictureFormat::svg);
  CHECK(sniff("<!--" + std::string(3000, ' ') + "--><svg/>") == PictureFormat::svg);
  CHECK(sniff("#!/bin/sh <svg") == PictureFormat::unknown);
  CHECK(sniff("<!--" + std::string(sniff_length, ' ') + "--><svg/>") == PictureFormat::unknown);
}
