// What a file is made of, counted before a library reads it.

#include "worker/format/file_structure.h"

#include <cstring>
#include <random>
#include <string>

#include "tests/support/bombs.h"
#include "tests/support/catch.h"

namespace wm {
namespace {

using namespace std::literals;
namespace bombs = test::bombs;

constexpr StructureBounds bounds{.parts = 1000, .pages = 100, .metadata_bytes = 1 << 20, .scans = 20};

FileStructure structure_of(const std::string& file, const StructureBounds& most = bounds) {
  const auto bytes = std::as_bytes(std::span(file));
  return count_structure(bytes, sniff_format(bytes), most);
}

void check_whole(const FileStructure& found, std::uint64_t width, std::uint64_t height, std::uint64_t pages) {
  CHECK_FALSE(found.excess);
  CHECK(found.width == width);
  CHECK(found.height == height);
  CHECK(found.pages == pages);
}

TEST_CASE("a file within all bounds tells its size") {
  check_whole(structure_of(bombs::png(300, 200)), 300, 200, 1);
  check_whole(structure_of(bombs::gif(300, 200, 7)), 300, 200, 7);
  check_whole(structure_of(bombs::webp(300, 200, 7)), 300, 200, 7);
  check_whole(structure_of(bombs::tiff(300, 200, 7)), 300, 200, 7);
  check_whole(structure_of(bombs::jpeg(300, 200, 9)), 300, 200, 1);
  CHECK(structure_of(bombs::jpeg(300, 200, 9)).scans == 10);
}

TEST_CASE("each kind of too many parts is reported, and a file at the bound is not") {
  const auto parts_of = [](const std::string& file) { return structure_of(file).parts; };
  const auto excess = [](const std::string& file, std::uint64_t parts) {
    StructureBounds most = bounds;
    most.parts = parts;
    return structure_of(file, most).excess;
  };
  const std::string jpeg = bombs::jpeg(64, 64, 0);
  std::string segments;
  std::string chunks;
  std::string blocks;
  for (int i = 0; i < 500; ++i) {
    segments += bombs::jpeg_segment(0xE5, "");
    chunks += bombs::png_chunk("teSt", "");
    blocks += "\x21\xFE\x00"s;
  }
  // Where libjpeg collects scans, segments after the first one count, too.
  const std::string late = jpeg.substr(0, jpeg.size() - 2) + segments + "\xFF\xD9";
  const std::array files{bombs::with_segments(jpeg, segments),
                         late,
                         bombs::png(64, 64, chunks),
                         bombs::gif(64, 64, 1, blocks),
                         bombs::tiff_of_tags(500),
                         bombs::png_of_crumbs(64, 64)};
  for (const std::string& file : files) {
    const std::uint64_t parts = parts_of(file);
    CAPTURE(file.substr(0, 4), parts);
    CHECK(parts >= 100);
    CHECK_FALSE(excess(file, parts));
    CHECK(excess(file, parts - 1) == Excess::parts);
  }
}

TEST_CASE("frames and pages are counted without a look at their pixels") {
  CHECK(structure_of(bombs::gif(64, 64, 100)).pages == 100);
  CHECK(structure_of(bombs::gif(64, 64, 101)).excess == Excess::pages);
  CHECK(structure_of(bombs::webp(64, 64, 101)).excess == Excess::pages);
  CHECK(structure_of(bombs::tiff(64, 64, 90)).pages == 90);
  CHECK(structure_of(bombs::tiff(64, 64, 101)).excess == Excess::pages);
}

TEST_CASE("scans are counted where libjpeg keeps all of them") {
  CHECK_FALSE(structure_of(bombs::jpeg(64, 64, 19)).excess);
  CHECK(structure_of(bombs::jpeg(64, 64, 20)).excess == Excess::scans);
  // A sequential frame whose first scan has one of three components is read to its end as well.
  std::string sequential = bombs::jpeg(64, 64, 20);
  sequential[sequential.find("\xFF\xC2") + 1] = '\xC0';
  CHECK_FALSE(structure_of(sequential).excess);  // its first scan has the whole picture
  const std::size_t scan = sequential.find("\xFF\xDA");
  sequential.replace(scan, 14, bombs::jpeg_segment(0xDA, "\1\1\0\0\x3F\0"sv));
  CHECK(structure_of(sequential).excess == Excess::scans);
}

TEST_CASE("metadata count as long as they are when unpacked") {
  for (const auto* type : {"zTXt", "iTXt"}) {
    CAPTURE(type);
    CHECK(structure_of(bombs::png(64, 64, bombs::png_texts(type, 1, 2))).excess == Excess::metadata);
    CHECK(structure_of(bombs::png(64, 64, bombs::png_texts(type, 3, 1)),
                       {.parts = 100, .pages = 1, .metadata_bytes = 4 << 20, .scans = 1})
              .excess == std::nullopt);
    CHECK(structure_of(bombs::png(64, 64, bombs::png_texts(type, 5, 1)),
                       {.parts = 100, .pages = 1, .metadata_bytes = 4 << 20, .scans = 1})
              .excess == Excess::metadata);
  }
  CHECK(structure_of(bombs::png(64, 64, bombs::png_profile(2))).excess == Excess::metadata);
  CHECK(structure_of(bombs::png(64, 64, bombs::png_raw_profiles(1, 1))).excess == Excess::metadata);
  CHECK(structure_of(bombs::png(64, 64, bombs::png_chunk("teSt", std::string((1 << 20) + 1, 'x')))).excess ==
        Excess::metadata);
  CHECK(structure_of(bombs::gif(64, 64, 1, "\x21\xFE\xFF"s + std::string(255, 'x') + "\0"s),
                     {.parts = 9, .pages = 9, .metadata_bytes = 254, .scans = 1})
            .excess == Excess::metadata);
}

TEST_CASE("tags that share one value count it each time, in EXIF blocks, too") {
  const std::string block = bombs::tiff_block(100, 60'000);
  CHECK(structure_of(block).excess == Excess::metadata);
  CHECK_FALSE(structure_of(bombs::tiff_block(10, 60'000)).excess);
  const std::string jpeg = bombs::jpeg(64, 64, 0);
  const std::string exif = "Exif\0\0"s + block;
  CHECK(structure_of(bombs::with_segments(jpeg, bombs::jpeg_segment(0xE1, exif))).excess == Excess::metadata);
  CHECK(structure_of(bombs::png(64, 64, bombs::png_chunk("eXIf", block))).excess == Excess::metadata);
}

TEST_CASE("directories that lead to each other count once") {
  std::string file = bombs::tiff(64, 64, 3);
  const std::size_t last = 16 + 2 * (2 + 12 * 9 + 4) + 2 + 12 * 9;
  file.replace(last, 4, "\x10\0\0\0"s);  // back to the first page
  CHECK(structure_of(file).pages == 3);
}

TEST_CASE("pages of other sizes than the first are not decoded, and do not count") {
  std::string file = bombs::tiff(64, 64, 3);
  file[16 + (2 + 12 * 9 + 4) + 2 + 8] = 65;  // the second page's width
  CHECK(structure_of(file).pages == 1);
}

TEST_CASE("damaged files are counted without a wrong access") {
  std::minstd_rand random(7);
  const std::array files{bombs::png(64, 64, bombs::png_texts("iTXt", 2, 1)),
                         bombs::gif(64, 64, 5,
                                    "\x21\xFE\x03"
                                    "abc\0"s),
                         bombs::webp(64, 64, 5),
                         bombs::tiff(64, 64, 5, 3),
                         bombs::jpeg(64, 64, 5),
                         bombs::tiff_block(50, 400)};
  for (const std::string& whole : files) {
    for (int round = 0; round < 300; ++round) {
      std::string file = whole.substr(0, 16 + random() % (whole.size() - 15));
      for (int i = 0; i < 4; ++i) file[4 + random() % (file.size() - 4)] = static_cast<char>(random());
      const FileStructure found = structure_of(file);
      CHECK(found.pages >= 1);
    }
  }
}

}  // namespace
}  // namespace wm
