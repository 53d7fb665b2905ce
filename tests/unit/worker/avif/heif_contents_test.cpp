// What a HEIF file says that it holds, also where the bytes are hostile; and what a checked output must be.

#include "worker/container/heif_contents.h"

#include <random>
#include <string>

#include "tests/support/avif_files.h"
#include "tests/support/catch.h"
#include "tests/unit/worker/avif/support/heif_boxes.h"
#include "tests/unit/worker/support/bytes_of.h"
#include "worker/avif/avif_source.h"
#include "worker/avif/check_avif.h"
#include "worker/avif/cicp_profile.h"
#include "worker/format/file_structure.h"
#include "worker/metadata/heif_extras.h"
#include "worker/soundness/sound_file.h"

namespace wm::test {
namespace {

using namespace std::string_literals;

std::string full_box(const std::string& type, int version, const std::string& content) {
  return box(type, number(static_cast<unsigned>(version), 1) + "\0\0\0"s + content);
}
std::string item_info(int id, const std::string& type, const std::string& more = "\0"s) {
  return full_box("infe", 2, number(static_cast<unsigned>(id), 2) + "\0\0"s + type + more);
}
std::string reference(const std::string& type, int from, const std::vector<int>& to) {
  std::string content = number(static_cast<unsigned>(from), 2) + number(to.size(), 2);
  for (const int id : to) content += number(static_cast<unsigned>(id), 2);
  return box(type, content);
}

/// A HEIC of no pictures, with the items of phones: 1 the picture, a grid of 2 and 3; 4 its thumbnail; 5 its
/// gain map; 6 its depth; 7 another picture; 8 EXIF; 9 XMP; 10 something of a maker's.
std::string phone_file() {
  const std::string infos =
      item_info(1, "grid") + item_info(2, "hvc1") + item_info(3, "hvc1") + item_info(4, "hvc1") +
      item_info(5, "hvc1") + item_info(6, "hvc1") + item_info(7, "hvc1") + item_info(8, "Exif") +
      item_info(9, "mime", "\0application/rdf+xml\0"s) + item_info(10, "mime", "\0image/x-maker\0"s);
  const std::string references = reference("dimg", 1, {2, 3}) + reference("thmb", 4, {1}) +
                                 reference("auxl", 5, {1}) + reference("auxl", 6, {1}) +
                                 reference("cdsc", 8, {1});
  const std::string properties = full_box("ispe", 0, number(4032, 4) + number(3024, 4)) +
                                 full_box("auxC", 0, "urn:com:apple:photo:2020:aux:hdrgainmap\0"s) +
                                 full_box("auxC", 0, "urn:mpeg:hevc:2015:auxid:2\0"s) +
                                 full_box("ispe", 0, number(640, 4) + number(480, 4)) +
                                 box("colr", "nclx" + number(12, 2) + number(13, 2) + number(6, 2) + "\x80");
  const auto association = [](int id, const std::string& indices) {
    return number(static_cast<unsigned>(id), 2) + number(indices.size(), 1) + indices;
  };
  const std::string associations =
      full_box("ipma", 0,
               number(5, 4) + association(1, "\x01") + association(2, "\x85") + association(5, "\x02") +
                   association(6, "\x03") + association(7, "\x04"));
  const std::string meta =
      full_box("meta", 0,
               full_box("pitm", 0, number(1, 2)) + full_box("iinf", 0, number(10, 2) + infos) +
                   full_box("iref", 0, references) + box("iprp", box("ipco", properties) + associations));
  return box("ftyp", "heic\0\0\0\0mif1heic"s) + meta + box("mdat", "....") + box("mpvd", "video");
}

TEST_CASE("items, references, properties and boxes of a phone's file are reported") {
  const std::string file = phone_file();
  const HeifContents contents = read_heif_contents(bytes_of(file));
  CHECK(contents.major_brand == "heic");
  CHECK(contents.has_brand("mif1"));
  CHECK(contents.items.size() == 10);
  REQUIRE(contents.primary() != nullptr);
  CHECK(contents.primary()->type == "grid");
  CHECK(contents.primary()->width == 4032);
  REQUIRE(contents.coded_primary() != nullptr);
  CHECK(contents.coded_primary()->id == 2);
  CHECK(contents.coded_primary()->colour == ColourCodes{12, 13, 6, true});
  CHECK_FALSE(is_avif(contents));
  CHECK(frames_shown(contents) == 1);
  const auto others = other_pictures(contents);
  REQUIRE(others.size() == 1);
  CHECK(others[0]->id == 7);
  CHECK(others[0]->width == 640);
  REQUIRE(contents.other_boxes.size() == 1);
  CHECK(contents.other_boxes[0].type == "mpvd");
  CHECK(contents.boxes_within_file);
  CHECK(contents.bytes_after == 0);
}

TEST_CASE("what no output has of a phone's file is told by name") {
  using namespace metadata;
  const std::string file = phone_file();
  Losses heif;
  report_heif_extras(bytes_of(file), PictureFormat::heif, {}, heif);
  CHECK(heif.phrases() == std::vector<std::string>{"1 HEIF item image/x-maker", "1 HEIF thumbnail",
                                                   "1 depth map", "1 gain map"});
  CHECK(boxes_to_carry(bytes_of(file), {}).size() == 1);
  CHECK(boxes_to_carry(bytes_of(file), {.policy = CarryPolicy::none}).empty());
  Losses jpeg;
  report_heif_extras(bytes_of(file), PictureFormat::jpeg, {}, jpeg);
  CHECK(jpeg.phrases().back() == "box mpvd of 13 bytes (the video of a motion photo)");
  MetadataPlan plan;
  withdraw_heif_promises(bytes_of(file), PictureFormat::heif, plan);
  CHECK(plan.gain_map_gone);
  CHECK_FALSE(plan.trailer_gone);
  withdraw_heif_promises(bytes_of(file), PictureFormat::jpeg, plan);
  CHECK(plan.trailer_gone);
}

TEST_CASE("a HEIC whose brand is that of sequences is one") {
  const std::string samples = full_box("stsz", 0, number(0, 4) + number(7, 4));
  const std::string description = full_box("stsd", 0, number(1, 4) + box("hvc1", "x"));
  const std::string track = box("trak", box("mdia", full_box("hdlr", 0, number(0, 4) + "pict") +
                                                        box("minf", box("stbl", description + samples))));
  const std::string still =
      box("ftyp", "heic\0\0\0\0mif1"s) +
      full_box("meta", 0,
               full_box("pitm", 0, number(1, 2)) + full_box("iinf", 0, number(1, 2) + item_info(1, "hvc1"))) +
      box("moov", track);
  const std::string moving = box("ftyp", "hevc\0\0\0\0msf1"s) + box("moov", track);
  CHECK(frames_shown(read_heif_contents(bytes_of(moving))) == 7);
  CHECK_FALSE(is_avif(read_heif_contents(bytes_of(moving))));
  CHECK(frames_shown(read_heif_contents(bytes_of(still))) == 1);
  metadata::Losses losses;
  metadata::report_heif_extras(bytes_of(still), PictureFormat::heif, {}, losses);
  CHECK(losses.phrases() == std::vector<std::string>{"a sequence of 7 frames beside the picture"});
  const FileStructure found = count_structure(bytes_of(moving), PictureFormat::heif,
                                              {.parts = 1000, .pages = 6, .metadata_bytes = 1000});
  CHECK(found.excess == Excess::pages);
}

TEST_CASE("metadata of items counts as long as the items say they are") {
  // One item of a thousand extents, all of them the same bytes.
  std::string extents;
  for (int i = 0; i < 1000; ++i) extents += number(0, 4) + number(60, 4);
  const std::string file =
      box("ftyp", "avif\0\0\0\0mif1"s) + full_box("meta", 0,
                                                  full_box("iinf", 0, number(1, 2) + item_info(1, "Exif")) +
                                                      full_box("iloc", 0,
                                                               "\x44\x00"s + number(1, 2) + number(1, 2) +
                                                                   number(0, 2) + number(1000, 2) + extents));
  const StructureBounds bounds{.parts = 1000, .pages = 10, .metadata_bytes = 60'000};
  CHECK(count_structure(bytes_of(file), PictureFormat::heif, bounds).metadata_bytes == 60'000);
  CHECK(count_structure(bytes_of(file), PictureFormat::heif,
                        {.parts = 1000, .pages = 10, .metadata_bytes = 59'999})
            .excess == Excess::metadata);
}

TEST_CASE("hostile bytes are read without harm") {
  const std::string sequence =
      avif_file({.alpha = true, .exif = "II*\0\x08\0\0\0\0\0\0\0\0\0"s, .durations = {1, 2}});
  std::mt19937 random(7);
  for (const std::string& good : {phone_file(), sequence, avif_file({})}) {
    for (int i = 0; i < 600; ++i) {
      std::string bad = good;
      const std::size_t size = random() % (bad.size() + 1);
      if (i % 3 == 0) {
        bad.resize(size);
      } else {
        for (int k = 0; k < 1 + i % 5; ++k)
          bad[random() % std::min<std::size_t>(bad.size(), 900)] = static_cast<char>(random());
      }
      const HeifContents contents = read_heif_contents(bytes_of(bad));
      static_cast<void>(count_structure(bytes_of(bad), PictureFormat::avif,
                                        {.parts = 1000, .pages = 100, .metadata_bytes = 100'000}));
      metadata::Losses losses;
      metadata::report_heif_extras(bytes_of(bad), PictureFormat::png, {}, losses);
      try {
        avif::AvifSource source(bytes_of(bad), contents, 100);
        const avif::AvifHeader& header = source.header();
        if (header.width > 1000 || header.height > 1000) continue;
        std::vector<std::byte> samples(
            static_cast<std::size_t>(header.width) * static_cast<std::size_t>(header.height) *
            static_cast<std::size_t>(header.frames * header.bands * header.sample_bytes));
        source.decode(samples);
      } catch (const avif::AvifError& error) {
        CHECK(std::string(error.what()) != "");
      }
    }
  }
}

TEST_CASE("a file that was written wrong is found out before it is published") {
  using avif::fault_of_avif;
  const avif::ExpectedAvif expected{.width = 64, .height = 48};
  const std::string good = avif_file({});
  CHECK(fault_of_avif(bytes_of(good), expected).empty());
  CHECK(fault_of_avif(bytes_of(avif_file({.alpha = true})), expected) == "it has alpha");
  CHECK(fault_of_avif(bytes_of(good), {.width = 64, .height = 48, .alpha = true}) == "it has no alpha");
  CHECK(fault_of_avif(bytes_of(good), {.width = 64, .height = 47}) ==
        "it has 64 x 48 pixels instead of 64 x 47");
  CHECK(fault_of_avif(bytes_of(good), {.width = 64, .height = 48, .depth = 10}) ==
        "it has 8 bits a sample instead of 10");
  CHECK(fault_of_avif(bytes_of(good), {.width = 64, .height = 48, .frames = 2}) ==
        "it has 1 frames instead of 2");
  CHECK(fault_of_avif(bytes_of(avif_file({.chroma = "400"})), expected) == "it is grey");
  for (std::size_t size = 0; size < good.size(); size += 7) {
    CAPTURE(size);
    CHECK_FALSE(fault_of_avif(bytes_of(good.substr(0, size)), expected).empty());
  }
  CHECK_FALSE(fault_of_avif(bytes_of(good + "xyz"), expected).empty());
  std::string empty_pixels = good;
  const std::size_t data = good.find("mdat") + 4;
  std::fill(empty_pixels.begin() + static_cast<std::ptrdiff_t>(data), empty_pixels.end(), '\0');
  CHECK_FALSE(fault_of_avif(bytes_of(empty_pixels), expected).empty());
}

TEST_CASE("what libavif writes is sound by the rules of boxes, whatever is in it") {
  const AvifRecipe recipes[] = {
      {},
      {.depth = 10, .chroma = "420", .alpha = true},
      {.width = 61, .height = 43, .chroma = "400", .rotation = 1, .mirror = 0},
      {.depth = 12, .chroma = "422", .crop = std::array<std::uint32_t, 4>{2, 2, 32, 16}},
      {.icc = std::string(400, 'i'), .exif = "II*\0\x08\0\0\0\0\0\0\0\0\0"s, .xmp = "<x/>"},
      {.alpha = true, .durations = {3, 4, 5}}};
  for (const AvifRecipe& recipe : recipes) {
    CAPTURE(recipe.depth, recipe.chroma, recipe.durations.size());
    const std::string file = avif_file(recipe);
    const soundness::Facts facts = soundness::examine_heif(bytes_of(file));
    const bool cropped = recipe.crop.has_value();
    CHECK(facts.width == (cropped ? 32U : static_cast<unsigned>(recipe.width)));
    CHECK(facts.height == (cropped ? 16U : static_cast<unsigned>(recipe.height)));
    CHECK(facts.bits == static_cast<unsigned>(recipe.depth));
    CHECK(facts.has_alpha == recipe.alpha);
    for (std::size_t size = 0; size < file.size(); size += 11) {
      CAPTURE(size);
      CHECK_THROWS_AS(soundness::examine_heif(bytes_of(file.substr(0, size))), soundness::Unsound);
    }
  }
}

TEST_CASE("colour numbers that are shown as sRGB need no profile") {
  CHECK(avif::profile_of({1, 13, 6}, false).empty());
  CHECK(avif::profile_of({2, 2, 2}, false).empty());
  CHECK(avif::profile_of({1, 1, 1}, false).empty());
  CHECK_FALSE(avif::profile_of({12, 13, 6}, false).empty());
  CHECK_FALSE(avif::profile_of({9, 16, 9}, false).empty());
  CHECK_FALSE(avif::profile_of({1, 8, 1}, true).empty());
  CHECK(avif::profile_of({77, 13, 6}, false).empty());
  CHECK(avif::profile_of({9, 99, 9}, false).empty());
}

}  // namespace
}  // namespace wm::test
