#include <random>

#include "tests/support/catch.h"
#include "tests/unit/worker/metadata/sample_files.h"
#include "worker/container/jpeg_segments.h"
#include "worker/metadata/exif_block.h"
#include "worker/metadata/xmp_filter.h"

using namespace wm::metadata;
using namespace wm::test;

namespace {

struct Case {
  std::string input, output;
};

std::vector<Case> cases() {
  const std::string exif = exif_block({.thumbnail = plain_jpeg(16, 12, 40)});
  const std::string properties =
      "<rdf:Description rdf:about='' xmlns:tiff='http://ns.adobe.com/tiff/1.0/' tiff:Orientation='6' "
      "xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:rights>R</dc:rights></rdf:Description>";
  const std::string xmp = xmp_packet(properties, 10);
  const std::string irb =
      "8BIM\4\4\0\0\0\0\0\x0A\x1C\2\x50\0\5Erika"s + "8BIM\4\x0C\0\0\0\0\0\x20"s + std::string(32, 'x');
  const std::string mpf = "MPF\0"s + "MM\0*\0\0\0\x08"s + number(2, 2) + number(0xB001, 2) + number(4, 2) +
                          number(1, 4) + number(2, 4) + number(0xB002, 2) + number(7, 2) + number(32, 4) +
                          number(38, 4) + number(0, 4) + number(0x030000, 4) + std::string(8, '\0') +
                          number(0x010001, 4) + number(9, 4) + number(0x300, 4) + number(0, 4);
  const std::string jpeg = plain_jpeg(16, 8, 99);
  const std::string frame = png_chunk("fcTL", std::string(26, '\0'));
  const std::string vp8l = riff_chunk("VP8L", "\x2F"s + number(2, 4, false) + "pixels");
  return {
      {jpeg_with(jpeg, jpeg_segment(0xE1, "Exif\0\0"s + exif) +
                           jpeg_segment(0xE1, "http://ns.adobe.com/xap/1.0/\0"s + xmp) +
                           jpeg_segment(0xED, "Photoshop 3.0\0"s + irb) + jpeg_segment(0xE2, mpf)) +
           "tail of the file",
       jpeg},
      {jpeg_with(jpeg, jpeg_segment(0xE2, "FPXR\0\0\2\0\1\0\0\0\0"s + jpeg) +
                           jpeg_segment(0xEB, "JP\0\1\0\0\0\1\0\0\0\1jumb"s + jpeg) +
                           jpeg_segment(0xE1, "http://ns.adobe.com/xmp/extension/\0"s + std::string(32, 'A') +
                                                  number(40, 4) + number(0, 4) +
                                                  "<xmpGImg:image>/9j/AAAA</xmpGImg:image>") +
                           jpeg_segment(0xED, "Photoshop 3.0\0PHUT\3\xE8\0\0\0\0\0\2xx"s + irb)) +
           jpeg + number(16, 4) + "ftypmp42\0\0\0\0"s + number(12, 4) + "mdatmovi"s + "SEFT",
       jpeg},
      {big_tiff_file({{318, 5, 2, std::string(16, '\1')},
                      {65000, 7, 12, "private data"},
                      {65001, 18, 1, number(16, 8)}},
                     {{36867, 2, 20, "2026:11:25 09:00:00\0"s}}, true),
       big_tiff_file({}, {}, false)},
      {png_file(3, png_chunk("eXIf", exif) + png_chunk("iTXt", "XML:com.adobe.xmp\0\0\0\0\0"s + xmp) +
                       png_chunk("tEXt", "Raw profile type iptc\0\niptc\n       4\n38424949\n"s) +
                       png_chunk("bKGD", "\1"s) + frame),
       png_file(2, "")},
      {webp_file(vp8l + riff_chunk("EXIF", exif) + riff_chunk("XMP ", xmp) +
                 riff_chunk("ANMF", std::string(40, '\1'))),
       webp_file(vp8l)},
      {gif_file(2, "\x21\xFF\x0BXMP DataXMP"s + xmp + "\1"s + std::string(1, '\xFF') + std::string(258, '\0'),
                "\x21\xFE\4late\0"s),
       gif_file(2, "")},
      {tiff_file(
           true,
           {{{315, 2, "Erika\0"s}, {700, 1, xmp}, {33723, 7, "\x1C\2\x50\0\5Erika"s}, {34377, 1, irb}}, {}}),
       tiff_file(false, {{}, {}})},
  };
}

std::vector<MetadataPlan> plans() {
  return {{},
          {.policy = CarryPolicy::copyright, .copyright = "\xC2\xA9 R"},
          {.thumbnail = ThumbnailPolicy::strip,
           .artist = "A",
           .orientation_baked = true,
           .width = 8,
           .height = 16},
          {.policy = CarryPolicy::none, .thumbnail = ThumbnailPolicy::keep}};
}

/// Everything that reads an input, into every container.
void try_all(const std::string& input, const std::vector<Case>& all, const std::string& output) {
  for (const auto& plan : plans()) CHECK(carry(input, output, plan).losses.size() <= Losses::max_phrases + 1);
  for (const auto& other : all) CHECK_FALSE(carry(input, other.output, {}).bytes.empty());
  const Bytes exif = find_exif(bytes_of(input));
  const auto block = ExifBlock::read(exif);
  if (block) CHECK(block->text("Artist").value_or("").size() <= 1000);
}

}  // namespace

TEST_CASE("inputs and outputs that are cut off anywhere do no harm") {
  const auto all = cases();
  for (const auto& one : all) {
    for (std::size_t size = 0; size <= one.input.size(); size += size < 400 ? 1 : 7) {
      try_all(one.input.substr(0, size), all, one.output);
    }
    for (std::size_t size = 0; size <= one.output.size(); ++size) {
      CHECK(carry(one.input, one.output.substr(0, size), {.artist = "A"}).losses.size() <=
            Losses::max_phrases + 1);
    }
  }
}

TEST_CASE("flipped bytes do no harm") {
  const auto all = cases();
  std::mt19937 random(20261125);  // NOLINT: the same mutations each time
  for (const auto& one : all) {
    for (int round = 0; round < 600; ++round) {
      std::string input = one.input;
      std::string output = one.output;
      const auto flips = 1 + random() % 8;
      for (unsigned i = 0; i < flips; ++i) {
        std::string& victim = random() % 4 == 0 ? output : input;
        victim[random() % victim.size()] = static_cast<char>(random() % 3 == 0 ? 0xFF : random());
      }
      try_all(input, all, output);
    }
  }
}

TEST_CASE("an XMP packet goes to the parser only when that takes no long time") {
  const auto packet = [](std::size_t attributes, std::size_t padding) {
    std::string text = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><a";
    for (std::size_t i = 0; i < attributes; ++i) text += " b" + std::to_string(i) + "=''";
    return text + "/>" + std::string(padding, ' ') + "</x:xmpmeta>";
  };
  CHECK(is_well_formed(packet(1000, 0)));
  CHECK_FALSE(is_well_formed(packet(1001, 0)));  // each is compared with all others
  const std::size_t rest = (std::size_t{1} << 20) - packet(1, 0).size();
  CHECK(is_well_formed(packet(1, rest)));
  CHECK_FALSE(is_well_formed(packet(1, rest + 1)));
}

TEST_CASE("a JPEG of more segments than any writer makes is not listed") {
  std::string segments;
  for (int i = 0; i < 200'001; ++i) segments += jpeg_segment(0xE5, "");
  const std::string jpeg = plain_jpeg(16, 8, 99);
  CHECK(read_jpeg_segments(bytes_of(jpeg)));
  CHECK_FALSE(read_jpeg_segments(bytes_of(jpeg_with(jpeg, segments))));
}

TEST_CASE("files of many beginnings take no long time") {
  std::string previews;
  for (int i = 0; i < 15000; ++i) previews += "\xFF\xD8\xFF\xE0"s;
  const std::string input =
      jpeg_with(plain_jpeg(8, 8, 40), jpeg_segment(0xE1, "Exif\0\0"s + exif_block({.maker_note = previews})));
  const auto result = carry(input, plain_jpeg(8, 8, 200), {});
  CHECK(result.bytes.find(previews) != std::string::npos);
  CHECK(result.losses.empty());
}
