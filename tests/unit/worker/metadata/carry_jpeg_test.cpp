#include <set>

#include "tests/support/catch.h"
#include "tests/unit/worker/metadata/sample_files.h"

using namespace wm::metadata;
using namespace wm::test;

namespace {

const std::string xmp_head = "http://ns.adobe.com/xap/1.0/\0"s;
const std::string irb_head = "Photoshop 3.0\0"s;
constexpr int dark = 40, light = 200;

std::string resource(int id, const std::string& data) {
  return "8BIM" + number(static_cast<unsigned>(id), 2) + "\0\0"s + number(data.size(), 4) + data +
         std::string(data.size() % 2, '\0');
}

std::string iptc_set(int record, int id, const std::string& text) {
  return "\x1C"s + static_cast<char>(record) + static_cast<char>(id) + number(text.size(), 2) + text;
}

std::string photoshop_thumbnail(const std::string& jpeg) {
  return number(1, 4) + number(80, 4) + number(60, 4) + number(240, 4) + number(14400, 4) +
         number(jpeg.size(), 4) + number(24, 2) + number(1, 2) + jpeg;
}

/// The unmarked picture's thumbnail, with a comment to be looked for.
std::string unmarked(int width, int height) {
  return jpeg_with(plain_jpeg(width, height, dark, 95), jpeg_segment(0xFE, "UNMARKED"), false);
}

std::string exif_segment(const std::string& block) {
  return jpeg_segment(0xE1, "Exif\0\0"s + block);
}

std::string exif_of(const std::string& file) {
  const auto found = payloads(file, 0xE1, "Exif\0\0"s);
  return found.empty() ? std::string() : found.front().substr(6);
}

bool contains(const std::vector<std::string>& losses, const std::string& text) {
  for (const auto& loss : losses) {
    if (loss.find(text) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("every APPn segment and comment of a JPEG goes over byte for byte and in order") {
  const std::string metadata = exif_segment(exif_block({})) + jpeg_segment(0xE1, xmp_head + xmp_packet("")) +
                               jpeg_segment(0xE4, "unknown one") + jpeg_segment(0xFE, "a comment \xFF\xD9") +
                               jpeg_segment(0xED, irb_head + resource(0x0404, iptc_set(2, 80, "Erika"))) +
                               jpeg_segment(0xEF, std::string(65533, 'x')) +
                               jpeg_segment(0xE1, "another APP1");
  const std::string input = jpeg_with(plain_jpeg(64, 48, dark), metadata);
  const std::string output = plain_jpeg(64, 48, light);
  const auto result = carry(input, output, {});
  CHECK(result.losses.empty());
  CHECK(coded_part(result.bytes) == coded_part(output));
  auto expected = jpeg_segments(input);
  const auto coding = jpeg_segments(output);
  std::erase_if(expected, [](const auto& segment) { return segment.first < 0xE0; });
  for (const auto& segment : coding) {
    if (segment.first < 0xE0) expected.push_back(segment);
  }
  CHECK(jpeg_segments(result.bytes) == expected);
}

TEST_CASE("a JPEG finished in place comes back byte for byte where nothing is asked") {
  const std::string file =
      jpeg_with(plain_jpeg(64, 48, light), exif_segment(exif_block({})) +
                                               jpeg_segment(0xE2, "ICC_PROFILE\0\1\1profile"s) +
                                               jpeg_segment(0xEE, "Adobe\0\x64\0\0\0\0\1"s)) +
      "tail";
  CHECK(string_of(edit_finished_jpeg(bytes_of(file), {}).bytes) == file);
}

TEST_CASE("profile is the output's, density is the input's, and so is an Adobe marker that is still right") {
  std::string input = jpeg_with(plain_jpeg(8, 8, dark), jpeg_segment(0xE2, "ICC_PROFILE\0\1\1old"s) +
                                                            jpeg_segment(0xEE, "Adobe\0\x64\0\0\0\0\1"s));
  input.replace(13, 5, "\1\x01\x2C\x01\x2C"s);  // 300 dots per inch
  const std::string output = jpeg_with(plain_jpeg(8, 8, light), jpeg_segment(0xE2, "ICC_PROFILE\0\1\1new"s));
  const auto result = carry(input, output, {});
  CHECK(payloads(result.bytes, 0xE2, "ICC_PROFILE") == std::vector{"ICC_PROFILE\0\1\1new"s});
  CHECK(payloads(result.bytes, 0xEE, "") == payloads(input, 0xEE, ""));
  const std::string of_rgb = jpeg_with(plain_jpeg(8, 8, dark), jpeg_segment(0xEE, "Adobe\0\x64\0\0\0\0\0"s));
  CHECK(payloads(carry(of_rgb, output, {}).bytes, 0xEE, "").empty());
  CHECK(payloads(result.bytes, 0xE0, "JFIF").front().substr(7, 5) == "\1\x01\x2C\x01\x2C"s);
  CHECK(payloads(carry(jpeg_with(input, "", false), output, {}).bytes, 0xE0, "JFIF").empty());
}

TEST_CASE("the thumbnail is made again from the marked picture and the old one is gone") {
  const std::string old = unmarked(160, 120);
  for (const bool big : {true, false}) {
    const std::string block = exif_block({.big = big, .thumbnail = old});
    const std::string input = jpeg_with(plain_jpeg(640, 480, dark), exif_segment(block));
    const auto result = carry(input, plain_jpeg(640, 480, light), {.width = 640, .height = 480});
    CHECK(result.losses.empty());
    int width = 0;
    int height = 0;
    CHECK(mean_level(thumbnail_of(exif_of(result.bytes)), &width, &height) == Approx(light).margin(2));
    CHECK(width == 160);
    CHECK(height == 120);
    CHECK(result.bytes.find("UNMARKED") == std::string::npos);
    const auto before = view_exif(block);
    const auto after = view_exif(exif_of(result.bytes));
    CHECK(after.main == before.main);
    CHECK(after.exif == before.exif);
    CHECK(after.gps == before.gps);
  }
}

TEST_CASE("a thumbnail that is larger than the old one is appended") {
  // 8 bytes of old thumbnail leave no room, and cannot be decoded either.
  const std::string block = exif_block({.thumbnail = "\xFF\xD8old\xFF\xD9"s}) + "more data";
  const auto result =
      carry(jpeg_with(plain_jpeg(64, 48, dark), exif_segment(block)), plain_jpeg(64, 48, light), {});
  const std::string after = exif_of(result.bytes);
  CHECK(mean_level(thumbnail_of(after)) == Approx(light).margin(2));
  CHECK(after.find("old") == std::string::npos);
  CHECK(after.find("more data") == block.find("more data"));
}

TEST_CASE("thumbnails are stripped or kept when asked") {
  const std::string old = unmarked(160, 120);
  const std::string input = jpeg_with(plain_jpeg(64, 48, dark), exif_segment(exif_block({.thumbnail = old})) +
                                                                    jpeg_segment(0xE0, "JFXX\0\x10"s + old));
  const std::string output = plain_jpeg(64, 48, light);
  const auto stripped = carry(input, output, {.thumbnail = ThumbnailPolicy::strip});
  CHECK(view_exif(exif_of(stripped.bytes)).thumbnail.empty());
  CHECK(stripped.bytes.find("UNMARKED") == std::string::npos);
  CHECK(stripped.losses.empty());
  const auto kept = carry(input, output, {.thumbnail = ThumbnailPolicy::keep});
  CHECK(thumbnail_of(exif_of(kept.bytes)) == old);
  CHECK(payloads(kept.bytes, 0xE0, "JFXX").size() == 1);
}

TEST_CASE("previews in maker notes are wiped, also those without an end") {
  const std::string preview = unmarked(32, 24);
  for (const auto& note : {"note" + preview + "end", "note" + preview.substr(0, preview.size() - 2)}) {
    const std::string block = exif_block({.maker_note = note});
    const auto result =
        carry(jpeg_with(plain_jpeg(64, 48, dark), exif_segment(block)), plain_jpeg(64, 48, light), {});
    const std::string after = view_exif(exif_of(result.bytes)).exif[0x927C].second;
    CHECK(after.size() == note.size());
    CHECK(after.substr(0, 4) == "note");
    CHECK(after.find("\xFF\xD8"s) == std::string::npos);
    CHECK(contains(result.losses, "1 preview picture inside EXIF"));
    CHECK(view_exif(exif_of(result.bytes)).gps == view_exif(block).gps);
  }
}

TEST_CASE("a thumbnail that is said to lie over other values goes, and the values stay") {
  const std::string old = unmarked(160, 120);
  const std::string whole = exif_block({.thumbnail = old});
  std::string block = whole;
  const std::size_t entry = block.size() - old.size() - 4 - 12 - 12;
  block.replace(entry + 8, 4, number(20, 4));                      // begins in the first directory
  block.replace(entry + 12 + 8, 4, number(block.size() - 20, 4));  // and goes to the end
  const auto result =
      carry(jpeg_with(plain_jpeg(64, 48, dark), exif_segment(block)), plain_jpeg(64, 48, light), {});
  const auto after = view_exif(exif_of(result.bytes));
  CHECK(after.main == view_exif(whole).main);
  CHECK(after.exif == view_exif(whole).exif);
  CHECK(after.gps == view_exif(whole).gps);
  CHECK(mean_level(thumbnail_of(exif_of(result.bytes))) == Approx(light).margin(2));
  CHECK(result.bytes.find("UNMARKED") == std::string::npos);
}

TEST_CASE("a JPEG stream over the tables of a block costs the block, but not author and rights") {
  // A comment that begins before the tables and ends after them.
  std::string block = exif_block({});
  const std::string head = "\xFF\xD8\xFF\xFE"s + number(block.size() - 8 + 2, 2);
  block = block.substr(0, 4) + number(8 + head.size(), 4) + head + block.substr(8);
  // Offsets were made for a block without the head, so only inline values are right.
  block += plain_jpeg(16, 8, dark).substr(2);
  const auto result =
      carry(jpeg_with(plain_jpeg(64, 48, dark), exif_segment(block)), plain_jpeg(64, 48, light), {});
  CHECK(contains(result.losses, "cannot be taken out"));
  CHECK(view_exif(exif_of(result.bytes)).main.at(0x0112).second == number(6, 2));
}

TEST_CASE("Photoshop's thumbnail is made again and other resources stay as they are") {
  const std::string old = unmarked(80, 60);
  for (const int id : {0x040C, 0x0409}) {
    const std::string others =
        resource(0x03ED, "resolution here!") + resource(0x0404, iptc_set(2, 80, "Erika"));
    const std::string irb = others + resource(id, photoshop_thumbnail(old)) + resource(0x2710, "odd");
    const auto result = carry(jpeg_with(plain_jpeg(640, 480, dark), jpeg_segment(0xED, irb_head + irb)),
                              plain_jpeg(640, 480, light), {});
    const std::string after = payloads(result.bytes, 0xED, irb_head).front().substr(irb_head.size());
    CHECK(after.substr(0, others.size()) == others);
    CHECK(after.substr(others.size(), 6) == "8BIM\x04\x0C"s);
    const auto size = number_at(after, others.size() + 8, 4);
    CHECK(mean_level(after.substr(others.size() + 12 + 28, size - 28)) == Approx(light).margin(2));
    CHECK(number_at(after, others.size() + 12 + 4, 4) == 80);
    CHECK(after.substr(after.size() - 16) == resource(0x2710, "odd"));
    CHECK(after.find("UNMARKED") == std::string::npos);
  }
}

TEST_CASE("texts are written and nothing else of the EXIF block moves") {
  for (const bool big : {true, false}) {
    const std::string block = exif_block({.big = big});
    const std::string input = jpeg_with(plain_jpeg(64, 48, dark), exif_segment(block));
    const auto result =
        carry(input, plain_jpeg(64, 48, light), {.copyright = "(c) New", .artist = "Somebody Else"});
    const std::string after = exif_of(result.bytes);
    auto expected = view_exif(block);
    expected.main[0x013B].second = "Somebody Else\0"s;
    expected.main[0x8298].second = "(c) New\0"s;
    CHECK(view_exif(after).main == expected.main);
    CHECK(view_exif(after).exif == expected.exif);
    CHECK(after.substr(8, block.size() - 8) == block.substr(8));  // all but the pointer in the header
    CHECK(payloads(result.bytes, 0xE1, xmp_head).empty());
  }
}

TEST_CASE("texts make EXIF where there is none, and XMP when they are not ASCII") {
  const auto result =
      carry(plain_jpeg(8, 8, dark), plain_jpeg(8, 8, light), {.copyright = "\xC2\xA9 Zo\xC3\xAB <&>"});
  CHECK(view_exif(exif_of(result.bytes)).main.at(0x8298).second == "\xC2\xA9 Zo\xC3\xAB <&>\0"s);
  const auto xmp = payloads(result.bytes, 0xE1, xmp_head);
  REQUIRE(xmp.size() == 1);
  CHECK(xmp.front().find("\xC2\xA9 Zo\xC3\xAB &lt;&amp;&gt;</rdf:li></rdf:Alt></dc:rights>") !=
        std::string::npos);
  CHECK(result.losses.empty());
}

TEST_CASE("texts replace those of XMP and IPTC where these exist") {
  const std::string properties =
      "<rdf:Description rdf:about='uuid:1' xmlns:d='http://purl.org/dc/elements/1.1/'>"
      "<d:creator><rdf:Seq><rdf:li>Old</rdf:li></rdf:Seq></d:creator><d:title>T</d:title></rdf:Description>";
  const std::string iptc = iptc_set(2, 0, "\0\2"s) + iptc_set(2, 80, "Old") + iptc_set(2, 105, "Head");
  const std::string input = jpeg_with(
      plain_jpeg(8, 8, dark),
      jpeg_segment(0xE1, xmp_head + xmp_packet(properties, 2000)) +
          jpeg_segment(0xED, irb_head + resource(0x0404, iptc) + resource(0x0425, "sixteen digits..")));
  const auto result = carry(input, plain_jpeg(8, 8, light), {.copyright = "R", .artist = "New"});
  const std::string xmp = payloads(result.bytes, 0xE1, xmp_head).front();
  CHECK(xmp.size() == payloads(input, 0xE1, xmp_head).front().size());  // the padding took it
  CHECK(xmp.find("Old") == std::string::npos);
  CHECK(xmp.find("<d:title>T</d:title></rdf:Description><rdf:Description") != std::string::npos);
  CHECK(xmp.find("rdf:about=\"uuid:1\"><dc:creator><rdf:Seq><rdf:li>New</rdf:li>") != std::string::npos);
  const std::string expected =
      iptc_set(2, 0, "\0\2"s) + iptc_set(2, 80, "New") + iptc_set(2, 105, "Head") + iptc_set(2, 116, "R");
  CHECK(payloads(result.bytes, 0xED, irb_head).front() == irb_head + resource(0x0404, expected));
  CHECK(result.losses.empty());
}

TEST_CASE("IPTC texts follow the record's character set") {
  const auto iptc_after = [](const std::string& iptc, const std::string& text) {
    const std::string input =
        jpeg_with(plain_jpeg(8, 8, dark), jpeg_segment(0xED, irb_head + resource(0x0404, iptc)));
    return payloads(carry(input, plain_jpeg(8, 8, light), {.artist = text}).bytes, 0xED, irb_head).front();
  };
  const std::string utf8 = iptc_set(1, 90, "\x1B%G");
  CHECK(iptc_after(iptc_set(2, 105, "H"), "Zo\xC3\xAB") ==
        irb_head + resource(0x0404, utf8 + iptc_set(2, 80, "Zo\xC3\xAB") + iptc_set(2, 105, "H")));
  CHECK(iptc_after(iptc_set(2, 105, "\xEB"), "Zo\xC3\xAB") ==
        irb_head + resource(0x0404, iptc_set(2, 80, "Zo\xEB") + iptc_set(2, 105, "\xEB")));
  CHECK(iptc_after(utf8 + iptc_set(2, 105, "\xC3\xAB"), "Zo\xC3\xAB") ==
        irb_head + resource(0x0404, utf8 + iptc_set(2, 80, "Zo\xC3\xAB") + iptc_set(2, 105, "\xC3\xAB")));
}

TEST_CASE("baking the orientation sets it to 1 everywhere and swaps sizes") {
  const std::string properties =
      "<rdf:Description rdf:about='' xmlns:tiff='http://ns.adobe.com/tiff/1.0/' tiff:Orientation='6' "
      "xmlns:exif='http://ns.adobe.com/exif/1.0/'><exif:PixelXDimension>64</exif:PixelXDimension></"
      "rdf:Description>";
  for (const bool big : {true, false}) {
    const std::string input =
        jpeg_with(plain_jpeg(64, 48, dark), exif_segment(exif_block({.big = big})) +
                                                jpeg_segment(0xE1, xmp_head + xmp_packet(properties)));
    const auto result =
        carry(input, plain_jpeg(48, 64, light), {.orientation_baked = true, .width = 48, .height = 64});
    const auto after = view_exif(exif_of(result.bytes));
    CHECK(after.main.at(0x0112).second == number(1, 2, big));
    CHECK(after.exif.at(0xA002).second == number(48, 4, big));
    CHECK(after.exif.at(0xA003).second == number(64, 4, big));
    const std::string xmp = payloads(result.bytes, 0xE1, xmp_head).front();
    CHECK(xmp.find("tiff:Orientation='1'") != std::string::npos);
    CHECK(xmp.find("<exif:PixelXDimension>48</exif:PixelXDimension>") != std::string::npos);
  }
}

TEST_CASE("the policies keep what they say") {
  const std::string properties =
      "<rdf:Description rdf:about='' xmlns:dc='http://purl.org/dc/elements/1.1/' "
      "xmlns:photoshop='http://ns.adobe.com/photoshop/1.0/' photoshop:Credit='Agency' photoshop:City='Kiel'>"
      "<dc:rights>R</dc:rights><dc:title>T</dc:title></rdf:Description>";
  const std::string iptc = iptc_set(2, 80, "Erika") + iptc_set(2, 90, "Kiel") + iptc_set(2, 116, "R");
  const std::string metadata =
      exif_segment(exif_block({.thumbnail = plain_jpeg(160, 120, dark)})) +
      jpeg_segment(0xE1, xmp_head + xmp_packet(properties)) +
      jpeg_segment(0xED, irb_head + resource(0x0404, iptc) + resource(0x0BB7, "clip")) +
      jpeg_segment(0xFE, "comment") + jpeg_segment(0xE5, "else");
  const std::string input = jpeg_with(plain_jpeg(64, 48, dark), metadata);
  const std::string output = plain_jpeg(64, 48, light);

  const auto rights = carry(input, output, {.policy = CarryPolicy::copyright});
  auto exif = view_exif(exif_of(rights.bytes));
  std::set<int> tags;
  for (const auto& field : exif.main) tags.insert(field.first);
  CHECK(tags == std::set<int>{0x0112, 0x011A, 0x011B, 0x0128, 0x013B, 0x8298, 0x8769});
  CHECK(exif.exif.size() == 1);
  CHECK(exif.thumbnail.empty());
  const std::string xmp = payloads(rights.bytes, 0xE1, xmp_head).front();
  CHECK(xmp.find("<dc:rights>R</dc:rights>") != std::string::npos);
  CHECK(xmp.find("photoshop:Credit=\"Agency\"") != std::string::npos);
  CHECK(xmp.find("Kiel") == std::string::npos);
  CHECK(xmp.find("title") == std::string::npos);
  CHECK(payloads(rights.bytes, 0xED, irb_head).front() ==
        irb_head + resource(0x0404, iptc_set(2, 80, "Erika") + iptc_set(2, 116, "R")));
  CHECK(payloads(rights.bytes, 0xFE, "").empty());
  CHECK(payloads(rights.bytes, 0xE5, "").empty());

  const auto none = carry(input, output, {.policy = CarryPolicy::none});
  exif = view_exif(exif_of(none.bytes));
  CHECK_FALSE(exif.main.contains(0x013B));
  CHECK(exif.main.at(0x0112).second == number(6, 2));
  CHECK(payloads(none.bytes, 0xE1, xmp_head).empty());
  CHECK(payloads(none.bytes, 0xED, irb_head).empty());
  CHECK(none.bytes.find("Erika") == std::string::npos);
}

namespace {

/// An MPF index of three pictures: the first, a preview, and something else.
std::string mpf_payload(std::size_t first, std::size_t preview_at, std::size_t preview, std::size_t other_at,
                        std::size_t other) {
  const std::string entries = number(0x030000, 4) + number(first, 4) + number(0, 4) + number(0, 4) +  //
                              number(0x010002, 4) + number(preview, 4) + number(preview_at, 4) +
                              number(0, 4) + number(0, 4) + number(other, 4) + number(other_at, 4) +
                              number(0, 4);
  return "MPF\0"s + "MM\0*\0\0\0\x08"s + number(3, 2) + number(0xB000, 2) + number(7, 2) + number(4, 4) +
         "0100" + number(0xB001, 2) + number(4, 2) + number(1, 4) + number(3, 4) + number(0xB002, 2) +
         number(7, 2) + number(48, 4) + number(50, 4) + number(0, 4) + entries;
}

}  // namespace

TEST_CASE("pictures after the JPEG stay and are found again; previews go") {
  const std::string preview = unmarked(40, 30);
  const std::string gain =
      jpeg_with(plain_jpeg(20, 10, 99),
                jpeg_segment(0xE1, xmp_head + "xmlns:hdrgm='http://ns.adobe.com/hdr-gain-map/1.0/'"));
  const std::string plain = jpeg_with(plain_jpeg(64, 48, dark, 30), "");
  const std::size_t segment_size = 4 + mpf_payload(0, 0, 0, 0, 0).size();
  const std::size_t end = plain.size() + segment_size;
  const std::size_t base = plain.size() - jpeg_with(plain, "", false).size() + 2 + 4 + 4;  // after JFIF
  const std::string input =
      jpeg_with(plain, jpeg_segment(0xE2, mpf_payload(end, end - base, preview.size(),
                                                      end + preview.size() - base, gain.size()))) +
      preview + gain + "video";
  const std::string output = plain_jpeg(64, 48, light, 95);

  const auto all = carry(input, output, {.thumbnail = ThumbnailPolicy::keep, .artist = "Longer than before"});
  const auto picture = [](const std::string& file, std::size_t i) {
    const std::size_t index = file.find("MPF\0"s) + 4;
    return file.substr(index + number_at(file, index + 50 + 16 * i + 8, 4),
                       number_at(file, index + 50 + 16 * i + 4, 4));
  };
  CHECK(picture(all.bytes, 1) == preview);
  CHECK(picture(all.bytes, 2) == gain);
  const std::size_t index = all.bytes.find("MPF\0"s) + 4;
  CHECK(number_at(all.bytes, index + 54, 4) == all.bytes.size() - preview.size() - gain.size() - 5);
  CHECK(all.bytes.substr(all.bytes.size() - 5) == "video");
  CHECK(all.losses == std::vector{"1 unmarked picture after the JPEG picture"s});

  const auto marked = carry(input, output, {});
  CHECK(picture(marked.bytes, 1) == gain);
  const std::size_t second = marked.bytes.find("MPF\0"s) + 4;
  CHECK(number_at(marked.bytes, second + 30, 4) == 2);
  CHECK(marked.bytes.find("UNMARKED") == std::string::npos);
  CHECK(marked.losses == std::vector{"1 MPF preview picture"s});

  CHECK(contains(carry(input, output, {.policy = CarryPolicy::none}).losses, "bytes after the JPEG picture"));
}

TEST_CASE("thumbnails in XMP are taken out, in extended XMP with the extension") {
  const std::string properties =
      "<rdf:Description rdf:about='' xmlns:xmp='http://ns.adobe.com/xap/1.0/' "
      "xmlns:xmpNote='http://ns.adobe.com/xmp/note/' xmlns:xmpGImg='http://ns.adobe.com/xap/1.0/g/img/' "
      "xmpNote:HasExtendedXMP='0123456789ABCDEF0123456789ABCDEF'><xmp:Rating>3</"
      "xmp:Rating><xmp:Thumbnails><rdf:Alt>"
      "<rdf:li><xmpGImg:image>SECRET</xmpGImg:image></rdf:li></rdf:Alt></xmp:Thumbnails></rdf:Description>";
  const std::string secret =
      "<xmpGImg:image>SECOND" + std::string(40, 'x') + "</xmpGImg:image><GImage:Data>THIRD</GImage:Data>";
  const auto extension = [&](std::size_t at, const std::string& part) {
    return jpeg_segment(0xE1, "http://ns.adobe.com/xmp/extension/\0"s + std::string(32, 'A') +
                                  number(secret.size(), 4) + number(at, 4) + part);
  };
  // In two parts, the second one first.
  const std::string input = jpeg_with(
      plain_jpeg(8, 8, dark), jpeg_segment(0xE1, xmp_head + xmp_packet(properties)) +
                                  extension(18, secret.substr(18)) + extension(0, secret.substr(0, 18)));
  const auto result = carry(input, plain_jpeg(8, 8, light), {});
  CHECK(result.bytes.find("SECRET") == std::string::npos);
  CHECK(result.bytes.find("OND") == std::string::npos);
  CHECK(result.bytes.find("THIRD") == std::string::npos);
  CHECK(result.bytes.find("HasExtendedXMP") != std::string::npos);
  CHECK(result.bytes.find("</xmpGImg:image><GImage:Data>     </GImage:Data>") != std::string::npos);
  CHECK(result.bytes.find("<xmp:Rating>3</xmp:Rating>") != std::string::npos);
  CHECK(result.losses == std::vector{"2 pictures in extended XMP"s, "XMP thumbnail"s});
  CHECK(carry(input, plain_jpeg(8, 8, light), {.thumbnail = ThumbnailPolicy::keep}).bytes.find("THIRD") !=
        std::string::npos);
}

TEST_CASE("damaged blocks are carried as they are, unless they were to be edited") {
  const std::string rubbish = "II*\0\xFF\xFF\xFF\xFF rubbish"s;
  const std::string preview = unmarked(32, 24);
  const std::string input = jpeg_with(plain_jpeg(8, 8, dark), exif_segment(rubbish + preview));
  const auto carried = carry(input, plain_jpeg(8, 8, light), {});
  CHECK(exif_of(carried.bytes) == rubbish + std::string(preview.size(), '\0'));
  CHECK(carried.losses == std::vector{"1 preview picture inside EXIF"s});
  const auto edited = carry(input, plain_jpeg(8, 8, light), {.artist = "A"});
  CHECK(view_exif(exif_of(edited.bytes)).main.at(0x013B).second == "A\0"s);
  CHECK(contains(edited.losses, "damaged EXIF block"));
  CHECK(exif_of(carry(input, plain_jpeg(8, 8, light), {.thumbnail = ThumbnailPolicy::keep}).bytes) ==
        rubbish + preview);
  const std::string broken = "<x:xmpmeta><unclosed>";
  const auto xmp = carry(jpeg_with(plain_jpeg(8, 8, dark), jpeg_segment(0xE1, xmp_head + broken)),
                         plain_jpeg(8, 8, light), {.artist = "A"});
  CHECK(payloads(xmp.bytes, 0xE1, xmp_head).front() == xmp_head + broken);
  CHECK(contains(xmp.losses, "cannot be edited"));
}
