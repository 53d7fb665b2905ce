#include <algorithm>

#include "tests/support/catch.h"
#include "tests/unit/worker/metadata/sample_files.h"

using namespace wm::metadata;
using namespace wm::test;

namespace {

std::vector<std::string> types(const std::vector<std::pair<std::string, std::string>>& chunks) {
  std::vector<std::string> all;
  for (const auto& chunk : chunks) all.push_back(chunk.first);
  return all;
}

std::string data(const std::vector<std::pair<std::string, std::string>>& chunks, const std::string& type) {
  const auto found =
      std::find_if(chunks.begin(), chunks.end(), [&](const auto& chunk) { return chunk.first == type; });
  return found == chunks.end() ? "none" : found->second;
}

// A lossless 3×2 with alpha, as far as its header goes.
const std::string vp8l_picture =
    riff_chunk("VP8L", "\x2F"s + number(2U | 1U << 14 | 1U << 28, 4, false) + "pixels");

}  // namespace

TEST_CASE("PNG chunks go over byte for byte and in order, critical ones are the output's") {
  const std::string before = png_chunk("gAMA", number(45455, 4)) +
                             png_chunk("pHYs", number(300, 4) + number(300, 4) + "\1") +
                             png_chunk("eXIf", exif_block({})) + png_chunk("tEXt", "Title\0One"s) +
                             png_chunk("vpAG", "unsafe, but nothing changed");
  const std::string after =
      png_chunk("tIME", "sevenby") + png_chunk("zTXt", "Comment\0\0x"s) + png_chunk("prVw", "x");
  const std::string output = png_file(2, png_chunk("pHYs", number(1000, 4) + number(1000, 4) + "\1"));
  const auto result = carry(png_file(2, before, after), output, {.thumbnail = ThumbnailPolicy::keep});
  CHECK(result.bytes == png_file(2, before, after));
  CHECK(result.losses.empty());
}

TEST_CASE("PNG chunks that depend on the layout are translated or told") {
  const std::string before = png_chunk("sBIT", "\5\6\5"s) + png_chunk("bKGD", "\1"s) +
                             png_chunk("hIST", "\0\1\0\1"s) + png_chunk("vpAG", "unsafe") +
                             png_chunk("saFe", "lower case at the end");
  const auto result = carry(png_file(3, before), png_file(2, ""), {});
  const auto chunks = png_chunks(result.bytes);
  CHECK(types(chunks) == std::vector<std::string>{"IHDR", "sBIT", "bKGD", "saFe", "IDAT", "IEND"});
  CHECK(data(chunks, "bKGD") == "\0\x40\0\x50\0\x60"s);
  CHECK(result.losses == std::vector{"PNG chunk vpAG"s});
}

TEST_CASE("a palette that true colour only suggests is told when it goes") {
  const std::string input = png_file(2, png_chunk("PLTE", "\1\2\3\4\5\6"s));
  CHECK(carry(input, png_file(2, ""), {}).losses == std::vector{"PNG chunk PLTE"s});
  CHECK(carry(input, input, {}).losses.empty());
  CHECK(carry(png_file(3, ""), png_file(3, ""), {}).losses.empty());
}

TEST_CASE("a PNG chunk with a wrong checksum is told and not carried") {
  for (const std::string type : {"iCCP", "tEXt", "saFe"}) {
    std::string chunk = png_chunk(type, "name\0\0xyz"s);
    chunk.back() = static_cast<char>(chunk.back() ^ 1);
    const auto result = carry(png_file(2, chunk), png_file(2, ""), {});
    CHECK(result.bytes == png_file(2, ""));
    CHECK(result.losses == std::vector{"PNG chunk " + type});
  }
}

TEST_CASE("an animated WebP keeps the colour that it calls its background") {
  const auto animation = [](const std::string& colour) {
    const std::string frame = "\0\0\0\0\0\0\2\0\0\1\0\0\x64\0\0\0"s + vp8l_picture;
    return webp_file(riff_chunk("VP8X", "\2\0\0\0"s + "\2\0\0\1\0\0"s) +
                     riff_chunk("ANIM", colour + "\3\0"s) + riff_chunk("ANMF", frame));
  };
  CHECK(carry(animation("\x11\x22\x33\x44"), animation("\xff\xff\xff\xff"), {}).bytes ==
        animation("\x11\x22\x33\x44"));
  CHECK(carry(webp_file(vp8l_picture), animation("\xff\xff\xff\xff"), {}).bytes ==
        animation("\xff\xff\xff\xff"));
}

TEST_CASE("APNG frames and what is after the end are reported") {
  const std::string frame = png_chunk("fcTL", std::string(26, '\0'));
  const std::string input = png_file(2, png_chunk("acTL", number(3, 4) + number(0, 4)) + frame,
                                     frame + png_chunk("fdAT", "0000x") + frame + png_chunk("fdAT", "0000x"));
  const auto result = carry(input + "trailer", png_file(2, ""), {});
  CHECK(types(png_chunks(result.bytes)) == std::vector<std::string>{"IHDR", "IDAT", "IEND"});
  CHECK(result.losses == std::vector{"7 bytes after the PNG picture"s, "2 APNG frames"s});
}

TEST_CASE("a PNG's thumbnail is made from the given pixels, or goes") {
  const std::string old = plain_jpeg(80, 60, 40);
  const std::string input = png_file(2, png_chunk("eXIf", exif_block({.thumbnail = old})));
  const Bytes pixels(std::size_t{200} * 100 * 3, std::byte{200});
  MetadataPlan plan{.width = 200, .height = 100};
  plan.pixels = PixelView{.width = 200, .height = 100, .bands = 3, .samples = pixels};
  int width = 0;
  int height = 0;
  const auto remade = carry(input, png_file(2, ""), plan);
  const std::string thumbnail = thumbnail_of(data(png_chunks(remade.bytes), "eXIf"));
  CHECK(mean_level(thumbnail, &width, &height) == Approx(200).margin(2));
  CHECK(width == 80);
  CHECK(height == 40);
  const auto stripped = carry(input, png_file(2, ""), {});
  CHECK(view_exif(data(png_chunks(stripped.bytes), "eXIf")).thumbnail.empty());
  CHECK(stripped.losses == std::vector{"EXIF thumbnail"s});
}

TEST_CASE("policies and texts in PNG") {
  const std::string input = png_file(
      2, png_chunk("tEXt", "Author\0Old"s) + png_chunk("tEXt", "Title\0T"s) + png_chunk("sRGB", "\0"s));
  const auto rights = png_chunks(carry(input, png_file(2, ""), {.policy = CarryPolicy::copyright}).bytes);
  CHECK(types(rights) == std::vector<std::string>{"IHDR", "sRGB", "tEXt", "IDAT", "IEND"});
  CHECK(data(rights, "tEXt") == "Author\0Old"s);
  const auto none =
      png_chunks(carry(input, png_file(2, ""), {.policy = CarryPolicy::none, .artist = "New"}).bytes);
  CHECK(data(none, "tEXt") == "Author\0New"s);
  CHECK(view_exif(data(none, "eXIf")).main.at(0x013B).second == "New\0"s);
}

TEST_CASE("WebP metadata go over and the extended header says so") {
  const std::string exif = exif_block({});
  const std::string input =
      webp_file(riff_chunk("VP8X", "\x1C\0\0\0"s + "\2\0\0\1\0\0"s) + vp8l_picture +
                riff_chunk("EXIF", exif) + riff_chunk("XMP ", xmp_packet("")) + riff_chunk("odd ", "abc"));
  const auto result = carry(input, webp_file(vp8l_picture), {});
  CHECK(result.bytes == input);
  CHECK(result.losses.empty());
  const auto bare = carry(webp_file(vp8l_picture), webp_file(vp8l_picture), {});
  CHECK(bare.bytes == webp_file(vp8l_picture));
  const auto texts = carry(webp_file(vp8l_picture), webp_file(vp8l_picture), {.artist = "A"});
  const auto chunks = riff_chunks(texts.bytes);
  CHECK(types(chunks) == std::vector<std::string>{"VP8X", "VP8L", "EXIF"});
  CHECK(chunks.front().second == "\x18\0\0\0"s + "\2\0\0\1\0\0"s);
  CHECK(number_at(texts.bytes, 4, 4, false) == texts.bytes.size() - 8);
}

TEST_CASE("GIF comments and applications go over, the loop is the output's") {
  const std::string comment = "\x21\xFE\5hello\0"s;
  const std::string application = "\x21\xFF\x0BMYAPPLI1.0x\3abc\0"s;
  const std::string late = "\x21\xFE\4late\0"s;
  const std::string input = gif_file(2, comment + application, late);
  CHECK(carry(input, gif_file(2, ""), {}).bytes == input);
  CHECK(carry(input, gif_file(2, ""), {.policy = CarryPolicy::none}).bytes == gif_file(2, ""));
  CHECK(carry(input, gif_file(1, ""), {}).bytes == gif_file(1, comment + application, late));
  const auto text = carry(input, gif_file(2, ""), {.policy = CarryPolicy::none, .copyright = "R"});
  CHECK(text.bytes.find("XMP DataXMP<?xpacket") != std::string::npos);
  CHECK(text.bytes.find(">R</rdf:li>") != std::string::npos);
  const auto again = carry(text.bytes, gif_file(2, ""), {});
  CHECK(again.bytes == text.bytes);
}

TEST_CASE("TIFF tags, EXIF and GPS go over in both byte orders, page by page") {
  for (const bool from_big : {true, false}) {
    for (const bool to_big : {true, false}) {
      // The directory that the EXIF block has comes after the picture; offsets are moved by hand.
      const std::vector<TiffFieldRecipe> first{{315, 2, "Erika\0"s},
                                               {306, 2, "2026:11:25 09:00:00\0"s},
                                               {282, 5, number(300, 4, from_big) + number(1, 4, from_big)},
                                               {700, 1, xmp_packet("")},
                                               {50000, 3, number(7, 2, from_big)}};
      const std::string input = tiff_file(from_big, {first, {{285, 2, "page two\0"s}}});
      const std::string output = tiff_file(to_big, {{}, {}});
      const auto result = carry(input, output, {.copyright = "R (c)"});
      const auto view = view_exif(result.bytes);
      CHECK(view.main.at(315).second == "Erika\0"s);
      CHECK(view.main.at(306).second == "2026:11:25 09:00:00\0"s);
      CHECK(view.main.at(282).second == number(300, 4, to_big) + number(1, 4, to_big));
      CHECK(view.main.at(0x8298).second == "R (c)\0"s);
      CHECK(view.main.at(700).second.find("R (c)") != std::string::npos);
      CHECK(view.main.at(273).second == number(4, 4, to_big));
      CHECK(view.thumbnail.at(285).second == "page two\0"s);  // the second directory
      CHECK(view.main.at(50000).second == number(7, 2, to_big));
      CHECK(result.losses.empty());
    }
  }
  CHECK(carry("II+\0\x08\0\0\0\0\0\0\0\0\0\0\0"s, tiff_file(true, {{}}), {}).losses ==
        std::vector{"all metadata: the TIFF cannot be read"s});
}

TEST_CASE("blocks find their places in other containers") {
  const std::string exif = exif_block({});
  const std::string xmp = xmp_packet("");
  const std::string jpeg = jpeg_with(
      plain_jpeg(8, 8, 40),
      jpeg_segment(0xE1, "Exif\0\0"s + exif) + jpeg_segment(0xE1, "http://ns.adobe.com/xap/1.0/\0"s + xmp) +
          jpeg_segment(0xED, "Photoshop 3.0\0"s + "8BIM\4\4\0\0\0\0\0\x0A\x1C\2\x50\0\5Erika"s));
  const auto png = carry(jpeg, png_file(2, ""), {});
  CHECK(data(png_chunks(png.bytes), "eXIf") == exif);
  CHECK(data(png_chunks(png.bytes), "iTXt") == "XML:com.adobe.xmp\0\0\0\0\0"s + xmp);
  CHECK(png.losses.empty());
  const auto webp = carry(jpeg, webp_file(vp8l_picture), {});
  CHECK(data(riff_chunks(webp.bytes), "EXIF") == exif);
  CHECK(data(riff_chunks(webp.bytes), "XMP ") == xmp);
  CHECK(webp.losses == std::vector{"IPTC and Photoshop resources"s});
  const auto tiff = view_exif(carry(jpeg, tiff_file(false, {{}}), {}).bytes);
  CHECK(tiff.main.at(0x8298).second == "(c) Erika Muster\0"s);
  CHECK(tiff.exif.at(0x9003).second == "2026:11:25 09:00:00\0"s);
  CHECK(tiff.exif.at(0xA002).second == number(64, 4, false));
  CHECK(tiff.main.at(700).second == xmp);
  // And back.
  const auto back = carry(png.bytes, plain_jpeg(8, 8, 200), {});
  CHECK(payloads(back.bytes, 0xE1, "Exif\0\0"s) == std::vector{"Exif\0\0"s + exif});
  CHECK(payloads(back.bytes, 0xED, "Photoshop 3.0\0"s).size() == 1);
  CHECK(string_of(find_exif(bytes_of(webp.bytes))) == exif);
}

TEST_CASE("an encoder that writes blocks itself gets them edited") {
  const std::string exif = exif_block({.thumbnail = plain_jpeg(80, 60, 40)});
  const MetadataBlocks read{.exif = to_bytes("Exif\0\0"s + exif)};
  const auto result = blocks_for_encoder(bytes_of("\0\0\0\x10"
                                                  "ftypavif...."s),
                                         read, {.artist = "A"});
  const std::string block = string_of(result.exif);
  CHECK(block.substr(0, 6) == "Exif\0\0"s);
  CHECK(view_exif(block.substr(6)).main.at(0x013B).second == "A\0"s);
  CHECK(view_exif(block.substr(6)).thumbnail.empty());
}

TEST_CASE("losses are bounded in number and length and printable") {
  std::string chunks;
  for (char a = 'a'; a <= 'z'; ++a) chunks += png_chunk("x"s + a + "XX", "");
  const auto result = carry(png_file(3, chunks), png_file(2, ""), {});
  CHECK(result.losses.size() == Losses::max_phrases + 1);
  CHECK(result.losses.back() == "and 10 more");
  Losses losses;
  losses.add(std::string(500, '\x1B'));
  CHECK(losses.phrases().front() == std::string(Losses::max_length, '?'));
}
