// Animated AVIF files, and what stands beside the picture of a HEIF file.

#include <algorithm>
#include <cstring>

#include "tests/support/avif_files.h"
#include "tests/support/catch.h"
#include "tests/unit/worker/avif/support/heif_boxes.h"
#include "tests/unit/worker/support/bytes_of.h"
#include "tests/unit/worker/support/pipeline_run.h"
#include "worker/avif/edit_list.h"
#include "worker/container/heif_contents.h"

namespace wm::test {
namespace {

using namespace std::string_literals;

struct SequenceFixture {
  TempDir in, out;
  JobDescription job = job_with(plain_logo(20, 10, {255, 255, 255, 255}), out.path());
  SequenceFixture() {
    Mark& mark = job.recipe.marks[0];
    mark.gravity = Gravity::northwest;
    mark.offset_x = mark.offset_y = {0};
    job.recipe.encoding.avif_speed = 9;
  }

  RunResult run_on(const std::string& bytes, const std::string& to = "x.avif") {
    write_file(in / "x.avif", bytes);
    return run(job, in / "x.avif", to);
  }
  [[nodiscard]] std::string output() const { return read_file(out / "x.avif"); }
};

/// The file with an edit list in each track, as newer writers have them.
std::string repeated(const std::string& file, const Repetition& repetition, std::uint64_t duration) {
  std::vector<std::byte> bytes(bytes_of(file).begin(), bytes_of(file).end());
  avif::add_edit_lists(bytes, repetition, duration);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST_CASE_METHOD(SequenceFixture, "every frame of a sequence is marked, and is shown as long as before") {
  for (const bool alpha : {false, true}) {
    for (const int depth : {8, 10}) {
      const AvifRecipe recipe{.depth = depth,
                              .chroma = "420",
                              .alpha = alpha,
                              .cicp = {12, 13, 6},
                              .grey_level = 60,
                              .durations = {10, 25, 5, 100}};
      CAPTURE(alpha, depth);
      const RunResult result = run_on(avif_file(recipe));
      INFO((result.failure ? result.failure->message : std::string("marked")));
      REQUIRE_FALSE(result.failure);
      CHECK(result.published.notes.empty());
      const AvifInfo before = avif_info(in / "x.avif"), after = avif_info(out / "x.avif");
      INFO(after.all);
      for (const char* const word : {"Resolution", "Bit Depth", "Format", "Alpha", "Color Primaries"}) {
        CHECK(after.of(word) == before.of(word));
      }
      const auto frames = [](const std::string& all) {
        std::string lines;
        for (std::size_t at = 0; (at = all.find("Decoded frame", at)) != std::string::npos; ++at) {
          lines += all.substr(at, all.find('\n', at) - at) + "\n";
        }
        return lines;
      };
      CHECK_FALSE(frames(before.all).empty());
      CHECK(frames(after.all) == frames(before.all));
      for (int frame = 0; frame < 4; ++frame) {
        const std::string planes = planes_by_avifdec(out / "x.avif", frame);
        const auto luma = [&](std::size_t x, std::size_t y) {
          const std::size_t at = (y * 64 + x) * (depth == 8 ? 1 : 2) + (depth == 8 ? 0 : 1);
          return static_cast<unsigned char>(planes[at]) << (depth == 8 ? 0 : 6);
        };
        CAPTURE(frame);
        CHECK(luma(8, 5) > 200 - 20);
        CHECK(luma(50, 40) < 100);
      }
    }
  }
}

TEST_CASE_METHOD(SequenceFixture, "a sequence is repeated as often as before") {
  const std::string plain = avif_file({.alpha = true, .grey_level = 60, .durations = {10, 30}});
  const Repetition repetitions[] = {{},
                                    {.kind = Repetition::Kind::times, .times = 1},
                                    {.kind = Repetition::Kind::times, .times = 3},
                                    {.kind = Repetition::Kind::endless, .times = 0}};
  for (const Repetition& repetition : repetitions) {
    const std::string input = repeated(plain, repetition, 40);
    CAPTURE(static_cast<int>(repetition.kind), repetition.times);
    REQUIRE_FALSE(run_on(input).failure);
    const std::string file = output();
    const HeifContents contents = read_heif_contents(bytes_of(file));
    REQUIRE(contents.tracks.size() == 2);
    for (const HeifTrack& track : contents.tracks) {
      CHECK(track.repetition == repetition);
      CHECK(track.within_file);
    }
    // Offsets after the lists are right: another program finds all frames and the still.
    CHECK(avif_info(out / "x.avif").all.find("Decoded frame [1]") != std::string::npos);
    CHECK(std::ranges::all_of(contents.items, [](const HeifItem& item) { return item.within_file; }));
  }
}

TEST_CASE_METHOD(SequenceFixture,
                 "a sequence becomes an animated WebP, and is refused where it cannot be one") {
  const std::string input = avif_file({.durations = {10, 30}});
  job.recipe.encoding.format = OutputFormat::webp;
  REQUIRE_FALSE(run_on(input, "x.webp").failure);
  const auto shown =
      vips::VImage::new_from_file((out / "x.webp").c_str(), vips::VImage::option()->set("n", -1));
  CHECK(vips_image_get_n_pages(shown.get_image()) == 2);
  CHECK(shown.get_array_int("delay") == std::vector<int>{100, 300});
  job.recipe.encoding.format = OutputFormat::jpeg;
  const RunResult refused = run_on(input, "x.jpg");
  REQUIRE(refused.failure);
  CHECK(refused.failure->kind == FailureKind::unsupported);
  CHECK(refused.failure->message.find("2 pages or frames, which JPEG cannot hold") != std::string::npos);
}

TEST_CASE_METHOD(SequenceFixture, "an animated GIF becomes a sequence that is shown as long") {
  vips::VImage strip = vips::VImage::black(40, 60, vips::VImage::option()->set("bands", 3)).copy();
  strip = (strip + 90)
              .cast(VIPS_FORMAT_UCHAR)
              .copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  strip.set(VIPS_META_PAGE_HEIGHT, 30);
  strip.set("delay", std::vector<int>{200, 700});
  strip.set("loop", 3);
  strip.write_to_file((in / "x.gif").c_str());
  job.recipe.encoding.format = OutputFormat::avif;
  const RunResult result = run(job, in / "x.gif", "x.avif");
  INFO((result.failure ? result.failure->message : std::string("marked")));
  REQUIRE_FALSE(result.failure);
  const std::string all = avif_info(out / "x.avif").all;
  INFO(all);
  CHECK(all.find("Decoded frame [1]") != std::string::npos);
  CHECK(all.find("0.20") != std::string::npos);
  CHECK(all.find("0.70") != std::string::npos);
  const std::string file = output();
  CHECK(read_heif_contents(bytes_of(file)).tracks.at(0).repetition ==
        Repetition{.kind = Repetition::Kind::times, .times = 3});
}

TEST_CASE_METHOD(SequenceFixture,
                 "boxes after the picture come along, and where they cannot XMP promises none") {
  const std::string xmp =
      "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
      "<rdf:Description rdf:about='' xmlns:dc='http://purl.org/dc/elements/1.1/' dc:source='here' "
      "xmlns:GCamera='http://ns.google.com/photos/1.0/camera/' GCamera:MotionPhoto='1' "
      "xmlns:Container='http://ns.google.com/photos/1.0/container/'><Container:Directory><rdf:Seq/>"
      "</Container:Directory></rdf:Description></rdf:RDF></x:xmpmeta>";
  const std::string video = box("mpvd", std::string(500, 'v'));
  const std::string input = avif_file({.xmp = xmp}) + video;
  const RunResult kept = run_on(input);
  REQUIRE_FALSE(kept.failure);
  CHECK(kept.published.notes.empty());
  CHECK(output().ends_with(video));
  CHECK(output().find(xmp) != std::string::npos);
  CHECK_FALSE(avif_info(out / "x.avif").all.empty());

  job.recipe.encoding.format = OutputFormat::jpeg;
  const RunResult left = run_on(input, "x.jpg");
  REQUIRE_FALSE(left.failure);
  CHECK(left.published.notes == "box mpvd of 508 bytes (the video of a motion photo)");
  const std::string jpeg = read_file(out / "x.jpg");
  CHECK(jpeg.find("dc:source='here'") != std::string::npos);
  CHECK(jpeg.find("MotionPhoto") == std::string::npos);
  CHECK(jpeg.find("Container:Directory") == std::string::npos);
}

TEST_CASE_METHOD(SequenceFixture, "bytes after the last box are reported") {
  const RunResult result = run_on(avif_file({}) + "what is this");
  REQUIRE_FALSE(result.failure);
  CHECK(result.published.notes == "12 bytes after the HEIF boxes");
  CHECK_FALSE(avif_info(out / "x.avif").all.empty());
}

TEST_CASE_METHOD(SequenceFixture,
                 "an AVIF with more frames or pixels than allowed is refused before it is decoded") {
  job.limits.pages = 3;
  const RunResult frames = run_on(avif_file({.grey_level = 60, .durations = {10, 10, 10, 10}}));
  REQUIRE(frames.failure);
  CHECK(frames.failure->kind == FailureKind::too_large);
  CHECK(frames.failure->message.find("--max-pages") != std::string::npos);
  job.limits.pixels = 64 * 48 * 3 - 1;
  const RunResult pixels = run_on(avif_file({.grey_level = 60, .durations = {10, 10, 10}}));
  REQUIRE(pixels.failure);
  CHECK(pixels.failure->message.find("--max-pixels") != std::string::npos);
  job.limits.metadata_bytes = 1000;
  const RunResult metadata = run_on(avif_file({.xmp = std::string(1001, ' ')}));
  REQUIRE(metadata.failure);
  CHECK(metadata.failure->message.find("--max-metadata") != std::string::npos);
}

}  // namespace
}  // namespace wm::test
