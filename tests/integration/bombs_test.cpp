// Small files that ask for gigabytes or minutes. Each ends with its kind before a library reads it, and the
// files next to it are marked.

#include "tests/support/bombs.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/memory_group.h"
#include "tests/support/sample_pictures.h"
#include "tests/support/skip.h"

namespace wm::test {
namespace {

using namespace std::literals;
using nlohmann::json;
namespace fs = std::filesystem;

/// What happens to the files of a job.
struct Verdict {
  std::string kind;  // empty: marked
  std::string message;
};

std::map<std::string, Verdict> verdicts(const Job& job) {
  std::map<std::string, Verdict> found;
  for (const std::string& name : files_below(job.out())) found[fs::path(name).filename()] = {};
  const json report = job.report();
  for (const json& problem : report.at("problems")) {
    found[fs::path(problem.at("input").get<std::string>()).filename()] = {problem.at("kind"),
                                                                          problem.at("message")};
  }
  return found;
}

struct Bomb {
  std::string name;
  std::string bytes;
  std::string phrase;  // of the message; empty: it is no failure
};

void check(const std::vector<Bomb>& all, const Words& options) {
  const Job job;
  job.add_picture("good-1.jpg");
  job.add_picture("good-2.jpg", 1);
  for (const Bomb& bomb : all) write_file(job.in(bomb.name), bomb.bytes);
  const ProgramResult result = job.run(options);
  INFO(result.err);
  CHECK(ledger_fault(job, result) == "");
  CHECK(job.report().at("restarts") == 0);
  auto found = verdicts(job);
  for (const char* const good : {"good-1.jpg", "good-2.jpg"}) {
    REQUIRE(found.contains(good));
    CHECK(found[good].kind.empty());
  }
  for (const Bomb& bomb : all) {
    CAPTURE(bomb.name, found[bomb.name].message);
    REQUIRE(found.contains(bomb.name));
    CHECK(found[bomb.name].kind == (bomb.phrase.empty() ? "" : "too_large"));
    CHECK(found[bomb.name].message.find(bomb.phrase) != std::string::npos);
  }
}

/// `count` empty parts.
std::string repeated(const std::string& part, std::size_t count) {
  std::string all;
  all.reserve(part.size() * count);
  for (std::size_t i = 0; i < count; ++i) all += part;
  return all;
}

constexpr std::size_t too_many = 100'001;

TEST_CASE("pictures of too many pixels are refused, all frames and pages counted") {
  const std::string sof = bombs::jpeg(64, 64, 0);
  std::string wide = sof;  // 65,535 by 65,535, of which nothing is there
  const std::size_t sides = wide.find("\xFF\xC2") + 5;
  wide.replace(sides, 4, "\xFF\xFF\xFF\xFF");
  check({{"one.png", bombs::png(3000, 2000), "3000 x 2000 = 6000000 pixels, more than the limit of 4000000"},
         {"large.png", bombs::png(100'000, 100'000 / 50), "--max-pixels"},
         {"screen.gif", bombs::gif(3000, 2000, 1), "--max-pixels"},
         {"frames.gif", bombs::gif(1000, 1000, 5), "5 frames of 1000 x 1000 = 5000000 pixels"},
         {"canvas.webp", bombs::webp(3000, 2000, 1), "--max-pixels"},
         {"frames.webp", bombs::webp(1000, 1000, 5), "5 frames of 1000 x 1000 = 5000000 pixels"},
         {"pages.tif", bombs::tiff(1000, 1000, 5), "5 pages of 1000 x 1000 = 5000000 pixels"},
         {"page.tif", bombs::tiff(3000, 2000, 1, 3, 16), "--max-pixels"},
         {"wide.jpg", wide, "65535 x 65535 = 4294836225 pixels"},
         {"scans.jpg", bombs::jpeg(3000, 2000, 3), "--max-pixels"},
         {"passes.jpg", bombs::jpeg(2000, 1000, 40),
          "has 41 scans of 2000 x 1000 pixels, 82000000 in all, more than the limit of 80000000"},
         {"fits-passes.jpg", bombs::jpeg(2000, 1000, 39), ""},
         {"fits.gif", bombs::gif(1000, 500, 8), ""},
         {"fits.tif", bombs::tiff(1000, 500, 8), ""},
         {"fits.png", bombs::png(2000, 2000), ""},
         {"fits.jpg", bombs::jpeg(2000, 2000, 19), ""}},
        {"--max-pixels", "4M"});
}

TEST_CASE("files of too many parts are refused before a library lists them") {
  const std::string jpeg = sample_picture(64, 48, ".jpg");
  const std::string segment = bombs::jpeg_segment(0xE5, "");
  const std::string progressive = bombs::jpeg(64, 64, 0);
  check(
      {{"segments.jpg", bombs::with_segments(jpeg, repeated(segment, too_many)),
        "segments, the limit (--max-parts)"},
       {"late.jpg", progressive.substr(0, progressive.size() - 2) + repeated(segment, too_many) + "\xFF\xD9",
        "segments, the limit (--max-parts)"},
       {"chunks.png", bombs::png(64, 64, repeated(bombs::png_chunk("teSt", ""), too_many)),
        "chunks, the limit (--max-parts)"},
       {"crumbs.png", bombs::png_of_crumbs(1000, 1000), "chunks, the limit (--max-parts)"},
       {"comments.gif", bombs::gif(64, 64, 1, repeated("\x21\xFE\x00"s, too_many)),
        "blocks, the limit (--max-parts)"},
       {"frames.gif", bombs::gif(8, 8, 4097), "frames, the limit (--max-pages)"},
       {"frames.webp", bombs::webp(8, 8, 4097), "frames, the limit (--max-pages)"},
       {"pages.tif", bombs::tiff(8, 8, 4097), "pages, the limit (--max-pages)"},
       {"scans.jpg", bombs::jpeg(64, 64, 100), "more than 100 scans"},
       {"fits.jpg", bombs::with_segments(jpeg, repeated(segment, 10'000)), ""},
       {"fits.gif", bombs::gif(8, 8, 400), ""},
       {"fits-scans.jpg", bombs::jpeg(64, 64, 90), ""},
       {"tags.tif", bombs::tiff_of_tags(4000), ""}},
      {"--if-unmarked", "copy"});
}

TEST_CASE("metadata that unpack to too much are refused, whatever holds them") {
  const std::string jpeg = sample_picture(64, 48, ".jpg");
  const std::string exif = "Exif\0\0"s + bombs::tiff_block(2000, 40'000);
  check({{"ztxt.png", bombs::png(64, 64, bombs::png_texts("zTXt", 6, 12)), "--max-metadata"},
         {"itxt.png", bombs::png(64, 64, bombs::png_texts("iTXt", 6, 12)), "--max-metadata"},
         {"profile.png", bombs::png(64, 64, bombs::png_profile(65)), "--max-metadata"},
         {"raw.png", bombs::png(64, 64, bombs::png_raw_profiles(5, 7)), "--max-metadata"},
         {"exif.jpg", bombs::with_segments(jpeg, bombs::jpeg_segment(0xE1, exif)), "--max-metadata"},
         {"exif.png", bombs::png(64, 64, bombs::png_chunk("eXIf", bombs::tiff_block(2000, 40'000))),
          "--max-metadata"},
         {"fits.png", bombs::png(64, 64, bombs::png_texts("zTXt", 10, 1)), ""}},
        {});
}

TEST_CASE(
    "an XMP packet that would keep a parser busy for minutes does not keep the picture from being marked") {
  std::string elements = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">";
  for (int i = 0; i < 40'000; ++i) elements += "<Thumbnails a=\"\">";
  check({{"attributes.png", bombs::png(64, 64, bombs::png_xmp(bombs::xmp_packet(100'000))), ""},
         {"long.png", bombs::png(64, 64, bombs::png_xmp(bombs::xmp_packet(900'000))), ""},
         {"deep.png", bombs::png(64, 64, bombs::png_xmp(elements)), ""}},
        {"--thumbnail", "strip"});
}

TEST_CASE("files that are too long or mostly holes are refused without being read") {
  const Job job;
  job.add_picture("good.jpg");
  const auto sparse = [&](const std::string& name, off_t size) {
    write_file(job.in(name), bombs::png(64, 64));
    REQUIRE(::truncate(job.in(name).c_str(), size) == 0);
  };
  sparse("holes.png", off_t{64} << 20);
  sparse("long.png", off_t{8} << 40 >> 4);
  sparse("short.png", off_t{8} << 20);  // what a file system may leave out is not worth a word
  const ProgramResult result = job.run();
  INFO(result.err);
  auto found = verdicts(job);
  REQUIRE(found.contains("good.jpg"));
  CHECK(found["good.jpg"].kind.empty());
  CHECK(found["holes.png"].kind == "too_large");
  CHECK(found["holes.png"].message.find("sparse file") != std::string::npos);
  CHECK(found["long.png"].kind == "too_large");
  CHECK(found["long.png"].message.find("--max-input") != std::string::npos);
  CHECK(found["short.png"].kind.empty());
  const ProgramResult strict = job.run({"--max-input", "1K", "--overwrite", "all"});
  INFO(strict.err);
  CHECK(verdicts(job)["good.jpg"].message.find("more than the limit of 1024 bytes (--max-input)") !=
        std::string::npos);
}

TEST_CASE("pixels that cannot be within the memory limit are refused before they are decoded") {
  check(
      {{"deep.png", bombs::deep_png(4000, 4000), "of memory, more than the limit of 100 MB (--memory-limit)"},
       {"strip.tif", bombs::tiff(8000, 4000, 1, 3, 16), "(--memory-limit)"},
       {"frames.gif", bombs::gif(1000, 1000, 60), "(--memory-limit)"},
       {"frames.webp", bombs::webp(1000, 1000, 60), "(--memory-limit)"},
       {"scans.jpg", bombs::jpeg(5000, 4000, 0), "(--memory-limit)"},
       {"copied.png", bombs::deep_png(3000, 2500), "(--memory-limit)"},
       {"indices.png", bombs::png(9000, 9000), "(--memory-limit)"},
       {"fits.png", bombs::deep_png(500, 500), ""}},
      {"--memory-limit", "100M"});
}

TEST_CASE("where pictures do not fit into a small control group, the kernel kills nobody") {
  constexpr std::uint64_t machine = std::uint64_t{400} << 20;
  const auto group = MemoryGroup::make(machine);
  if (!group) skip("no control group with a memory limit can be made here");
  const Job job;
  job.add_picture("good.jpg");
  // What decoders keep is more than there is; or the pixels fit, and what the encoder makes of them does not.
  const std::map<std::string, std::string> all{
      {"scans.jpg", bombs::jpeg(9000, 9000, 0)},         {"less-scans.jpg", bombs::jpeg(6300, 6300, 0)},
      {"indices.png", bombs::png(15000, 15000)},         {"rows.png", bombs::deep_png(5000, 5000)},
      {"strip.tif", bombs::tiff(15000, 15000, 1, 3, 8)}, {"frames.gif", bombs::gif(1500, 1500, 40)}};
  for (const auto& [name, bytes] : all) write_file(job.in(name), bytes);
  const ProgramResult result = job.run_command(group->inside(job.command({"--workers", "2", job.in()})));
  INFO(result.err);
  CHECK(ledger_fault(job, result) == "");
  CHECK(job.report().at("restarts") == 0);
  auto found = verdicts(job);
  CHECK(found["good.jpg"].kind.empty());
  for (const auto& [name, bytes] : all) {
    CAPTURE(name, found[name].message);
    CHECK(found[name].kind == "too_large");
    CHECK(found[name].message.find("of memory, more than the limit of 320 MB (--memory-limit)") !=
          std::string::npos);
  }
}

}  // namespace
}  // namespace wm::test
