// One odd part does not cost the rest.

#include <algorithm>

#include "tests/support/catch.h"
#include "tests/unit/worker/metadata/sample_files.h"
#include "worker/metadata/embedded_jpeg.h"

using namespace wm::metadata;
using namespace wm::test;

namespace {

const std::string irb_prefix = "Photoshop 3.0\0"s;
const std::string xmp_prefix = "http://ns.adobe.com/xap/1.0/\0"s;

std::string signed_resource(const std::string& signature, int id, const std::string& data,
                            bool padded = true) {
  return signature + number(static_cast<unsigned>(id), 2) + "\0\0"s + number(data.size(), 4) + data +
         (padded ? std::string(data.size() % 2, '\0') : "");
}

const std::string by_line = "\x1C\2\x50\0\5Erika"s;

std::string jpeg_of(const std::string& segments) {
  return jpeg_with(plain_jpeg(64, 48, 40), segments);
}

std::string exif_segments_of(const std::string& file) {
  std::string all;
  for (const auto& payload : payloads(file, 0xE1, "")) all += payload;
  return all;
}

Carried to_grey(const std::string& input, const MetadataPlan& plan = {}) {
  return carry(input, plain_jpeg(64, 48, 200), plan);
}

std::string hexadecimal(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto value = static_cast<unsigned char>(c);
    text += "0123456789abcdef"[value >> 4];
    text += "0123456789abcdef"[value & 15];
  }
  return text;
}

std::string raw_profile_text(const std::string& keyword, const std::string& name, const std::string& block,
                             std::size_t size) {
  return png_chunk("tEXt", "Raw profile type " + keyword + "\0\n"s + name + "\n" + std::to_string(size) +
                               "\n" + hexadecimal(block) + "\n");
}

std::string utf16(const std::string& ascii, bool big) {
  std::string text = big ? "\xFE\xFF"s : "\xFF\xFE"s;
  for (const char c : ascii) text += big ? "\0"s + c : c + "\0"s;
  return text;
}

}  // namespace

TEST_CASE("FF D8 FF in a maker note is no preview unless a JPEG follows") {
  // As enciphered records have it, as headers without a picture, and with a frame but no scan.
  std::string frame_only = plain_jpeg(32, 24, 40);
  frame_only = frame_only.substr(0, frame_only.find("\xFF\xDA"s));
  std::string note;
  for (int i = 0; i < 100; ++i)
    note += "\xFF\xD8\xFF\x6C\xFF\xD8\xFF\xE1\0\4ab\xFF\xD8\xFF\xDB\0\x43"s + std::to_string(i);
  const std::string block =
      exif_block({.thumbnail = plain_jpeg(160, 120, 40), .maker_note = note + frame_only});
  const auto result = to_grey(jpeg_of(jpeg_segment(0xE1, "Exif\0\0"s + block)));
  CHECK(result.losses.empty());
  const auto before = view_exif(block);
  const std::string after_block = payloads(result.bytes, 0xE1, "Exif").front().substr(6);
  const auto after = view_exif(after_block);
  CHECK(after.main == before.main);
  CHECK(after.exif == before.exif);
  CHECK(mean_level(thumbnail_of(after_block)) == Approx(200).margin(2));

  // Between them, a real one goes alone.
  const std::string preview = plain_jpeg(48, 32, 40);
  const std::string mixed = exif_block({.maker_note = note + preview + note});
  const auto wiped = to_grey(jpeg_of(jpeg_segment(0xE1, "Exif\0\0"s + mixed)));
  CHECK(view_exif(payloads(wiped.bytes, 0xE1, "Exif").front().substr(6)).exif.at(0x927C).second ==
        note + std::string(preview.size(), '\0') + note);
  CHECK(wiped.losses == std::vector{"1 preview picture inside EXIF"s});
}

TEST_CASE("a preview whose first byte is not FF is one all the same") {
  std::string preview = plain_jpeg(48, 32, 40);
  preview.front() = '\2';
  const auto result = to_grey(
      jpeg_of(jpeg_segment(0xE1, "Exif\0\0"s + exif_block({.maker_note = "note" + preview + "end"}))));
  CHECK(view_exif(payloads(result.bytes, 0xE1, "Exif").front().substr(6)).exif.at(0x927C).second ==
        "note" + std::string(preview.size(), '\0') + "end");
}

TEST_CASE("a thumbnail's offset that hits the maker note by mistake leaves it as it is") {
  std::string block = exif_block({.thumbnail = plain_jpeg(32, 24, 40)});
  const auto note_at = block.find("MAKER NOTE");
  const std::size_t entry = block.size() - plain_jpeg(32, 24, 40).size() - 4 - 12 - 12;
  block.replace(entry + 8, 4, number(note_at, 4));
  block.replace(entry + 12 + 8, 4, number(20, 4));
  const auto result = to_grey(jpeg_of(jpeg_segment(0xE1, "Exif\0\0"s + block)));
  CHECK(view_exif(payloads(result.bytes, 0xE1, "Exif").front().substr(6)).exif == view_exif(block).exif);
}

TEST_CASE("searching hostile data for streams takes time in proportion to them") {
  // Beginnings that all lead to the same chain of segments; without a memory of them it would take hours.
  std::string data;
  for (int i = 0; i < 100'000; ++i) data += "\xFF\xD8\xFF\xE0\0\4"s;
  data += "ab";
  for (int i = 0; i < 500'000; ++i) data += "\xFF\xE0\0\2"s;
  CHECK(embedded_jpegs(bytes_of(data)).empty());
  const std::string frame = "\xFF\xC0\0\x0B\x08\0\1\0\1\1\1\x11\0"s;
  const std::string scan = "\xFF\xDA\0\x08\1\1\0\0\x3F\0"s;
  CHECK(embedded_jpegs(bytes_of(data + frame + scan + "x")).size() == 1);
}

TEST_CASE("EXIF with an odd head is EXIF, and the head stays") {
  for (const auto& head : {"Exif\0\0"s, "Exif\0\xFF"s, "exif\0\0"s, "Exif\0\0Exif\0\0"s, "ab\3Exif\0\0"s}) {
    CAPTURE(head);
    const std::string block = exif_block({.thumbnail = plain_jpeg(160, 120, 40)});
    const auto result = to_grey(jpeg_of(jpeg_segment(0xE1, head + block)), {.artist = "New"});
    const auto found = payloads(result.bytes, 0xE1, head);
    REQUIRE(found.size() == 1);
    CHECK(payloads(result.bytes, 0xE1, "").size() == 1);
    const std::string after = found.front().substr(head.size());
    CHECK(view_exif(after).main.at(0x013B).second == "New\0"s);
    CHECK(view_exif(after).exif == view_exif(block).exif);
    CHECK(mean_level(thumbnail_of(after)) == Approx(200).margin(2));
  }
}

TEST_CASE("EXIF in several segments is one block") {
  const std::string block =
      exif_block({.thumbnail = plain_jpeg(160, 120, 40), .maker_note = std::string(150'000, 'n')});
  std::string segments;
  for (std::size_t at = 0; at < block.size(); at += 65527)
    segments += jpeg_segment(0xE1, "Exif\0\0"s + block.substr(at, 65527));
  const auto whole = [](const std::string& file) {
    std::string all;
    for (const auto& payload : payloads(file, 0xE1, "Exif\0\0"s)) all += payload.substr(6);
    return all;
  };
  const auto kept = to_grey(jpeg_of(segments), {.thumbnail = ThumbnailPolicy::keep});
  CHECK(exif_segments_of(kept.bytes) == exif_segments_of(jpeg_of(segments)));
  const auto result = to_grey(jpeg_of(segments), {.artist = "New"});
  CHECK(result.losses.empty());
  CHECK(view_exif(whole(result.bytes)).exif == view_exif(block).exif);
  CHECK(view_exif(whole(result.bytes)).main.at(0x013B).second == "New\0"s);
  CHECK(mean_level(thumbnail_of(whole(result.bytes))) == Approx(200).margin(2));
}

TEST_CASE("EXIF that is too long for a JPEG loses its longest values only") {
  const std::string block =
      exif_block({.thumbnail = plain_jpeg(160, 120, 40), .maker_note = std::string(70'000, 'n')});
  const auto result = carry(png_file(2, png_chunk("eXIf", block)), plain_jpeg(64, 48, 200), {});
  auto expected = view_exif(block);
  expected.exif.erase(0x927C);
  const auto after = view_exif(payloads(result.bytes, 0xE1, "Exif").at(0).substr(6));
  CHECK(after.exif == expected.exif);
  CHECK(after.gps == expected.gps);
  CHECK(after.main.at(0x013B) == expected.main.at(0x013B));
  CHECK(result.losses == std::vector{"offsets inside the maker note"s, "EXIF thumbnail"s,
                                     "EXIF tag 37500: too long for a JPEG"s});
}

TEST_CASE("a table that is cut off has the entries that are there") {
  std::string block = "MM\0*\0\0\0\x08"s + number(40, 2);  // of which there are three
  block += number(0x010F, 2) + number(2, 2) + number(4, 4) + "Mak\0"s;
  block += number(0x0112, 2) + number(3, 2) + number(1, 4) + number(6, 2) + "\0\0"s;
  block += number(0x0131, 2) + number(2, 2) + number(4, 4) + "Sof\0"s;
  const auto result = to_grey(jpeg_of(jpeg_segment(0xE1, "Exif\0\0"s + block)), {.artist = "New"});
  const auto after = view_exif(payloads(result.bytes, 0xE1, "Exif").front().substr(6)).main;
  CHECK(after.at(0x010F).second == "Mak\0"s);
  CHECK(after.at(0x0131).second == "Sof\0"s);
  CHECK(after.at(0x013B).second == "New\0"s);
}

TEST_CASE("Photoshop resources of any signature are carried, and what follows them is found") {
  for (const std::string signature : {"PHUT", "AgHg", "DCSR", "MeSa", "Abc1"}) {
    const std::string odd =
        signed_resource(signature, 0x0404, "no IPTC") + signed_resource(signature, 0x040C, "no thumbnail");
    const std::string irb =
        odd + signed_resource("8BIM", 0x0404, by_line) + signed_resource(signature, 1000, "x");
    const std::string input = jpeg_of(jpeg_segment(0xED, irb_prefix + irb));
    const auto carried = to_grey(input);
    CHECK(payloads(carried.bytes, 0xED, irb_prefix) == std::vector{irb_prefix + irb});
    CHECK(carried.losses.empty());
    const auto edited = payloads(to_grey(input, {.artist = "New"}).bytes, 0xED, irb_prefix);
    REQUIRE(edited.size() == 1);
    CHECK(edited.front() == irb_prefix + odd + signed_resource("8BIM", 0x0404, "\x1C\2\x50\0\3New"s) +
                                signed_resource(signature, 1000, "x"));
  }
}

TEST_CASE("resources without padding and bytes after them stay, pictures in them go") {
  const std::string preview = plain_jpeg(32, 24, 40);
  const std::string irb = signed_resource("8BIM", 1000, "odd", false) +
                          signed_resource("8BIM", 0x0404, by_line) +
                          signed_resource("8BIM", 0x0FA0, preview) + "\x01 rest " + preview;
  const auto result = to_grey(jpeg_of(jpeg_segment(0xED, irb_prefix + irb)));
  std::string expected = irb_prefix + irb;
  for (std::size_t at = 0; (at = expected.find(preview)) != std::string::npos;)
    expected.replace(at, preview.size(), preview.size(), '\0');
  CHECK(payloads(result.bytes, 0xED, irb_prefix) == std::vector{expected});
  CHECK(result.losses == std::vector{"1 preview picture in Photoshop resources"s});
}

TEST_CASE("a preview in IPTC goes, the other data sets stay") {
  const std::string preview = plain_jpeg(32, 24, 40);
  // With a length of four bytes.
  const std::string iptc = by_line + "\x1C\2\xC8\0\2\0\1"s + "\x1C\2\xCA\x80\4"s + number(preview.size(), 4) +
                           preview + "\x1C\2\x78\x80\2\0\4Text"s;
  const auto result =
      to_grey(jpeg_of(jpeg_segment(0xED, irb_prefix + signed_resource("8BIM", 0x0404, iptc))));
  CHECK(payloads(result.bytes, 0xED, irb_prefix).front() ==
        irb_prefix + signed_resource("8BIM", 0x0404, by_line + "\x1C\2\x78\x80\2\0\4Text"s));
  CHECK(result.losses == std::vector{"preview picture in IPTC"s});
}

TEST_CASE("PNG's raw profiles are what they hold, whatever they are called") {
  const std::string irb = signed_resource("PHUT", 1, "x") + signed_resource("8BIM", 0x0404, by_line);
  const std::string exif = exif_block({});
  const std::string packet = xmp_packet("<rdf:Description rdf:about=''/>");
  const std::vector<std::pair<std::string, std::string>> profiles{{"iptc", by_line},
                                                                  {"iptc", irb},
                                                                  {"8bim", irb_prefix + irb},
                                                                  {"IPTC", by_line},
                                                                  {"exif", exif},
                                                                  {"APP1", "Exif\0\0"s + exif},
                                                                  {"APP1", xmp_prefix + packet},
                                                                  {"xmp", packet},
                                                                  {"iptc", "not known"},
                                                                  {"icc", "profile"}};
  for (const auto& [keyword, block] : profiles) {
    CAPTURE(keyword, block.substr(0, 8));
    // The number of bytes is wrong now and then.
    for (const std::size_t size : {block.size(), block.size() + 3}) {
      const std::string input = png_file(2, raw_profile_text(keyword, keyword, block, size));
      const auto result = carry(input, png_file(2, ""), {});
      CHECK(result.bytes == input);
      CHECK(result.losses.empty());
    }
  }
  const auto edited = carry(png_file(2, raw_profile_text("iptc", "iptc", by_line, by_line.size())),
                            png_file(2, ""), {.artist = "New"});
  CHECK(edited.bytes.find(hexadecimal("\x1C\2\x50\0\3New"s)) != std::string::npos);
  // And into another container.
  const auto jpeg =
      carry(png_file(2, raw_profile_text("iptc", "iptc", by_line, by_line.size())), plain_jpeg(8, 8, 40), {});
  CHECK(payloads(jpeg.bytes, 0xED, irb_prefix) ==
        std::vector{irb_prefix + signed_resource("8BIM", 0x0404, by_line)});
}

TEST_CASE("PNG texts that cannot be read are carried unless a thumbnail could hide in them") {
  const std::string chunks = png_chunk("zTXt", "Comment\0\0no zlib"s) + png_chunk("tEXt", "no keyword") +
                             png_chunk("tEXt", "Raw profile type exif\0\nexif\n 4\nzzzz\n"s);
  CHECK(carry(png_file(2, chunks), png_file(2, ""), {}).bytes == png_file(2, chunks));
  const std::string hidden = png_chunk("tEXt", "Raw profile type exif\0\nexif\n 4\nzz FF d8\nfFe1\n"s);
  const auto result =
      carry(png_file(2, hidden + png_chunk("zTXt", "XML:com.adobe.xmp\0\0no zlib"s)), png_file(2, ""), {});
  CHECK(result.bytes == png_file(2, ""));
  CHECK(result.losses == std::vector{"damaged profile in PNG text"s, "damaged PNG text XML:com.adobe.xmp"s});
}

TEST_CASE("XMP in UTF-16 is carried as it is, and edited") {
  const std::string ascii =
      "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'>"
      "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
      "<rdf:Description rdf:about=''/></rdf:RDF></x:xmpmeta><?xpacket end='w'?>";
  for (const bool big : {true, false}) {
    const std::string input = jpeg_of(jpeg_segment(0xE1, xmp_prefix + utf16(ascii, big)));
    CHECK(payloads(to_grey(input).bytes, 0xE1, xmp_prefix) == std::vector{xmp_prefix + utf16(ascii, big)});
    const auto edited = payloads(to_grey(input, {.artist = "New"}).bytes, 0xE1, xmp_prefix);
    REQUIRE(edited.size() == 1);
    CHECK(edited.front().find("<rdf:li>New</rdf:li>") != std::string::npos);
  }
}

TEST_CASE("an XMP packet that is not well-formed keeps all but its pictures") {
  const std::string packet =
      "\xEF\xBB\xBF<x:xmpmeta><dc:title>bad \xFF byte</dc:title><xmpGImg:image>/9j/SECRET</xmpGImg:image>"
      "<my:Thumb xmlns:t='http://ns.adobe.com/xap/1.0/g/img/' t:image=\"/9j/OTHER\"/>";
  for (const auto& text : {packet, utf16(packet.substr(3), true)}) {
    const auto result = to_grey(jpeg_of(jpeg_segment(0xE1, xmp_prefix + text)));
    const std::string after = payloads(result.bytes, 0xE1, xmp_prefix).at(0);
    std::string narrow;
    for (const char c : after) narrow += c == '\0' ? "" : std::string(1, c);
    CHECK(after.size() == xmp_prefix.size() + text.size());
    CHECK(narrow.find("SECRET") == std::string::npos);
    CHECK(narrow.find("OTHER") == std::string::npos);
    CHECK(narrow.find("dc:title>bad ") != std::string::npos);
    CHECK(result.losses == std::vector{"2 pictures in XMP"s});
  }
}

TEST_CASE("an ICC profile in segments with wrong numbers is carried where no decoder reads it") {
  const std::string segments =
      jpeg_segment(0xE2, "ICC_PROFILE\0\1\3first"s) + jpeg_segment(0xE2, "ICC_PROFILE\0\1\3second"s);
  const auto result = to_grey(jpeg_of(segments));
  CHECK(payloads(result.bytes, 0xE2, "ICC_PROFILE") == payloads(jpeg_of(segments), 0xE2, "ICC_PROFILE"));
  CHECK(result.losses.empty());
}

TEST_CASE("segments that come twice stay, and a JPEG that was finished in place comes back as it is") {
  const std::string adobe = jpeg_segment(0xEE, "Adobe\0\x64\0\0\0\0\1"s);
  const std::string file =
      jpeg_with(plain_jpeg(64, 48, 40), adobe + adobe + jpeg_segment(0xE1, "Exif\0\0"s + exif_block({})) +
                                            jpeg_segment(0xE1, "Exif\0\0"s + exif_block({.big = false})));
  CHECK(string_of(edit_finished_jpeg(bytes_of(file), {}).bytes) == file);
}

TEST_CASE("GIF blocks after a zero too many are found, and XMP in sub-blocks is edited") {
  const std::string comment = "\x21\xFE\5hello\0"s;
  const std::string packet = xmp_packet("<rdf:Description rdf:about=''/>", 10);
  std::string blocks;
  for (std::size_t at = 0; at < packet.size(); at += 200)
    blocks += static_cast<char>(std::min<std::size_t>(200, packet.size() - at)) + packet.substr(at, 200);
  const std::string odd = "\x21\xFF\x0BXMP DataXMP"s + blocks + "\0"s;
  CHECK(carry(gif_file(1, "\0"s + comment + odd), gif_file(1, ""), {}).bytes == gif_file(1, comment + odd));
  const auto edited = carry(gif_file(1, odd), gif_file(1, ""), {.artist = "New"});
  CHECK(edited.bytes.find("<rdf:li>New</rdf:li>") != std::string::npos);
  CHECK(edited.losses.empty());
}
