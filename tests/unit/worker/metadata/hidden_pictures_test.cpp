// What shows the unmarked picture goes, or is reported.

#include "tests/support/catch.h"
#include "tests/unit/worker/metadata/sample_files.h"
#include "worker/metadata/embedded_video.h"

using namespace wm::metadata;
using namespace wm::test;

namespace {

const std::string xmp_start = "http://ns.adobe.com/xap/1.0/\0"s;

std::string box(const std::string& type, const std::string& data) {
  return number(8 + data.size(), 4) + type + data;
}

std::string video() {
  return box("ftyp", "mp42\0\0\0\0isommp42"s) + box("mdat", "UNMARKED frames") + box("moov", "index");
}

/// Colour, with a comment to be looked for.
std::string hidden(int width, int height, const std::string& segments = "") {
  return jpeg_with(plain_jpeg(width, height, 40, 95), jpeg_segment(0xFE, "UNMARKED") + segments);
}

Carried marked(const std::string& input, ThumbnailPolicy policy = ThumbnailPolicy::remake) {
  return carry(input, plain_jpeg(64, 48, 200), {.thumbnail = policy});
}

bool shows(const Carried& result) {
  return result.bytes.find("UNMARKED") != std::string::npos;
}

const std::string picture = plain_jpeg(64, 48, 40);
const std::string bare = plain_jpeg(64, 48, 200);

std::string with(const std::string& segments) {
  return jpeg_with(picture, segments);
}

}  // namespace

TEST_CASE("a preview after EOI goes, no matter which program put it there") {
  for (const auto policy : {ThumbnailPolicy::remake, ThumbnailPolicy::strip}) {
    const auto result = marked(picture + hidden(160, 120) + std::string(10, '\0'), policy);
    CHECK(result.bytes == bare);
    CHECK(result.losses == std::vector{"1 picture after the JPEG picture"s});
  }
  const auto kept = marked(picture + hidden(160, 120), ThumbnailPolicy::keep);
  CHECK(kept.bytes == bare + hidden(160, 120));
  CHECK(kept.losses == std::vector{"1 unmarked picture after the JPEG picture"s});
}

TEST_CASE("a trailer of a program stays in its place, and pictures and videos in it become zeros") {
  const std::string head = "SEFblock";
  const std::string end = "SEFH" + number(1, 4) + "SEFT";
  const auto result = marked(picture + head + hidden(160, 120) + video() + end);
  CHECK(result.bytes == bare + head + std::string(hidden(160, 120).size() + video().size(), '\0') + end);
  CHECK(result.losses == std::vector{"1 picture after the JPEG picture"s, "1 video after the JPEG picture"s});
  const auto unknown = marked(picture + head + end);
  CHECK(unknown.bytes == bare + head + end);
  CHECK(unknown.losses.empty());
}

TEST_CASE("a motion photo loses its video and what promises it") {
  const std::string properties =
      "<rdf:Description rdf:about='' xmlns:GCamera='http://ns.google.com/photos/1.0/camera/' "
      "xmlns:C='http://ns.google.com/photos/1.0/container/' "
      "xmlns:Item='http://ns.google.com/photos/1.0/container/item/' "
      "xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmp:Rating='3' GCamera:MotionPhoto='1' "
      "GCamera:MicroVideoOffset='99'>"
      "<C:Directory><rdf:Seq><rdf:li rdf:parseType='Resource'><C:Item Item:Semantic='Primary'/></rdf:li>"
      "<rdf:li rdf:parseType='Resource'><C:Item Item:Semantic='MotionPhoto' "
      "Item:Length='99'/></rdf:li></rdf:Seq>"
      "</C:Directory></rdf:Description>";
  const std::string input = with(jpeg_segment(0xE1, xmp_start + xmp_packet(properties))) + video();
  const auto result = marked(input);
  const std::string xmp = payloads(result.bytes, 0xE1, xmp_start).at(0);
  CHECK_FALSE(shows(result));
  CHECK(xmp.find("MotionPhoto") == std::string::npos);
  CHECK(xmp.find("MicroVideo") == std::string::npos);
  CHECK(xmp.find("Item:Semantic='Primary'/></rdf:li></rdf:Seq>") != std::string::npos);
  CHECK(xmp.find("xmp:Rating='3'") != std::string::npos);
  CHECK(result.losses == std::vector{"1 video after the JPEG picture"s});
  const auto kept = marked(input, ThumbnailPolicy::keep);
  CHECK(kept.bytes.find(xmp_packet(properties)) != std::string::npos);
  CHECK(kept.losses == std::vector{"1 unmarked video after the JPEG picture"s});
}

TEST_CASE("gain maps and depth maps stay, by what they say of themselves or the picture says of them") {
  const std::string iso = jpeg_segment(0xE2, "urn:iso:std:iso:ts:21496:-1\0\0\0"s);
  const std::string adobe =
      jpeg_segment(0xE1, xmp_start + "<a xmlns:hdrgm=\"http://ns.adobe.com/hdr-gain-map/1.0/\"/>");
  for (const auto& segments : {iso, adobe}) {
    const auto result = marked(picture + hidden(32, 24, segments));
    CHECK(result.bytes == bare + hidden(32, 24, segments));
    CHECK(result.losses.empty());
  }
  const std::string promise =
      jpeg_segment(0xE1, xmp_start + xmp_packet("<rdf:Description rdf:about='' Item:Semantic=\"GainMap\"/>"));
  const auto promised = marked(with(promise) + hidden(32, 24) + hidden(160, 120));
  CHECK(promised.bytes == jpeg_with(bare, promise) + hidden(32, 24));
  CHECK(promised.losses == std::vector{"1 picture after the JPEG picture"s});
}

TEST_CASE("further views of a multi-picture file go, and their entries in its index") {
  const auto index = [](std::uint32_t type, std::size_t at, std::size_t size) {
    return jpeg_segment(0xE2, "MPF\0"s + "MM\0*\0\0\0\x08"s + number(2, 2) + number(0xB001, 2) +
                                  number(4, 2) + number(1, 4) + number(2, 4) + number(0xB002, 2) +
                                  number(7, 2) + number(32, 4) + number(38, 4) + number(0, 4) +
                                  number(0x030000, 4) + std::string(12, '\0') + number(type, 4) +
                                  number(size, 4) + number(at, 4) + number(0, 4));
  };
  const std::string view = hidden(64, 48);
  const auto input = [&](std::uint32_t type) {
    const std::size_t end = with(index(type, 0, 0)).size();
    const std::size_t base = with(index(type, 0, 0)).find("MPF\0"s) + 4;
    return with(index(type, end - base, view.size())) + view;
  };
  for (const std::uint32_t type : {0x010001U, 0x020002U}) {
    const auto result = marked(input(type));
    CHECK(result.bytes == bare);
    CHECK(result.losses.size() == 1);
  }
  // Of no type: a gain map that does not say so, perhaps.
  const auto doubtful = marked(input(0));
  CHECK(shows(doubtful));
  CHECK(doubtful.losses == std::vector{"1 picture after the JPEG picture that may be unmarked"s});
}

TEST_CASE("previews in application segments go, also those that need several") {
  const std::string large = hidden(640, 480, jpeg_segment(0xFE, std::string(60'000, 'c')));
  REQUIRE(large.size() > 65'000);
  const std::string others = jpeg_segment(0xE5, "RMETA\0first"s) + jpeg_segment(0xE6, "GoPro\0second"s);
  const std::string input =
      with(jpeg_segment(0xE5, "RMETA\0first"s) + jpeg_segment(0xE3, large.substr(0, 50'000)) +
           jpeg_segment(0xE4, large.substr(50'000)) + jpeg_segment(0xE6, "GoPro\0second"s));
  const auto result = marked(input);
  CHECK(result.bytes == jpeg_with(bare, others));
  CHECK(result.losses ==
        std::vector{"preview picture in JPEG APP3 segments"s, "preview picture in JPEG APP4 segments"s});
  const auto kept = marked(input, ThumbnailPolicy::keep);
  CHECK(shows(kept));
  CHECK(kept.losses.size() == 2);
}

TEST_CASE("FlashPix segments go with a picture in them, and always when thumbnails are stripped") {
  const std::string head = "FPXR\0\0\2\0\1\0\0\0\0"s;
  const std::string preview = hidden(48, 32);
  const std::string with_picture = jpeg_segment(0xE2, "FPXR\0\0\1\0\1list"s) +
                                   jpeg_segment(0xE2, head + "stream" + preview.substr(0, 400)) +
                                   jpeg_segment(0xE2, head + preview.substr(400));
  const std::string sound = jpeg_segment(0xE2, head + "a sound");
  CHECK(marked(with(with_picture)).bytes == bare);
  CHECK(marked(with(with_picture)).losses == std::vector{"FlashPix segments with a preview picture"s});
  CHECK(marked(with(sound)).bytes == jpeg_with(bare, sound));
  CHECK(marked(with(sound)).losses == std::vector{"FlashPix segments that may have an unmarked picture"s});
  CHECK(marked(with(sound), ThumbnailPolicy::strip).bytes == bare);
  CHECK(marked(with(with_picture), ThumbnailPolicy::keep).bytes == jpeg_with(bare, with_picture));
}

TEST_CASE("JUMBF boxes go with the thumbnail that C2PA puts into them") {
  const std::string thumbnail = hidden(48, 32);
  const std::string head = "JP\0\1"s;
  const std::string box_head = number(9999, 4) + "jumb";
  const std::string c2pa =
      jpeg_segment(0xEB, head + number(1, 4) + box_head + "claim" + thumbnail.substr(0, 300)) +
      jpeg_segment(0xEB, head + number(2, 4) + box_head + thumbnail.substr(300));
  const std::string other = jpeg_segment(0xEB, "JP\0\2"s + number(1, 4) + box_head + "no picture");
  const auto result = marked(with(c2pa + other));
  CHECK(result.bytes == jpeg_with(bare, other));
  CHECK(result.losses == std::vector{"JUMBF segments with a thumbnail, as of C2PA"s});
}

TEST_CASE("a video is found by its boxes") {
  const auto found = [](const std::string& data) { return embedded_videos(bytes_of(data)); };
  REQUIRE(found("junk" + video() + "rest").size() == 1);
  CHECK(found("junk" + video() + "rest").front().begin == 4);
  CHECK(found("junk" + video() + "rest").front().end == 4 + video().size());
  CHECK(found(video() + video()).size() == 2);
  CHECK(found(box("ftyp", "mp42\0\0\0\0"s) + box("free", "no movie")).empty());
  CHECK(found("ftyp").empty());
  std::string hostile;
  for (int i = 0; i < 200'000; ++i) hostile += number(16, 4) + "ftyp" + number(8, 4) + "free";
  CHECK(found(hostile).empty());
}
