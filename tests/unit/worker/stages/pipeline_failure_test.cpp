#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/worker/support/pipeline_run.h"
#include "worker/stages/open_pages.h"
#include "worker/vips/runtime.h"

using namespace wm;
using namespace wm::test;

namespace {

struct PipelineFailureFixture {
  TempDir in, out;
  RecordingLogger log;
  JobDescription job = job_with(plain_logo(10, 10, {255, 0, 0, 255}), out.path());

  RunResult run_on(const std::string& name, const std::string& bytes) {
    write_file(in / name, bytes);
    return run_file(in / name);
  }
  RunResult run_file(const std::string& path) {
    Pipeline pipeline(job, log);
    return run(pipeline, path, "sub/out");
  }
  std::string picture(const char* suffix, int side = 64) const {
    const vips::VImage image = vips::VImage::gaussnoise(side, side).cast(VIPS_FORMAT_UCHAR);
    image.write_to_file((in / (std::string("picture") + suffix)).c_str());
    return read_file(in / (std::string("picture") + suffix));
  }
};

void check_failed(const RunResult& result, FailureKind kind, const std::string& words) {
  REQUIRE(result.failure);
  CAPTURE(result.failure->message);
  CHECK(name(result.failure->kind) == name(kind));
  CHECK(result.failure->message.find(words) != std::string::npos);
  CHECK(result.failure->message.find('\n') == std::string::npos);
}

}  // namespace

TEST_CASE_METHOD(PipelineFailureFixture, "a file that is no picture is unsupported") {
  check_failed(run_on("x.jpg", "just some text"), FailureKind::unsupported, "not a picture");
  check_failed(run_on("x.svg", "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"),
               FailureKind::unsupported, "not a picture");
  CHECK(out.names().empty());
}

TEST_CASE_METHOD(PipelineFailureFixture, "an empty file is corrupt and says so") {
  check_failed(run_on("x.jpg", ""), FailureKind::corrupt, "empty");
}

TEST_CASE_METHOD(PipelineFailureFixture, "a missing file, a pipe and a directory are unreadable") {
  check_failed(run_file(in / "missing"), FailureKind::unreadable, "No such file");
  REQUIRE(::mkfifo((in / "pipe").c_str(), 0600) == 0);
  check_failed(run_file(in / "pipe"), FailureKind::unreadable, "a pipe");
  check_failed(run_file(in.path()), FailureKind::unreadable, "a directory");
  check_failed(run_file("/dev/zero"), FailureKind::unreadable, "a device");
}

TEST_CASE_METHOD(PipelineFailureFixture,
                 "a file that has taken the input's place is refused, one that was changed is not") {
  Pipeline pipeline(job, log);
  const std::string path = in / "picture.png";
  const auto run_found = [&](const FileStamp& found) {
    RunResult result;
    StageClock clock([](Stage) {});
    try {
      result.published =
          pipeline.run({.id = TaskId{7}, .input = path, .output = "sub/out.png", .found = found}, clock);
    } catch (const TaskFailure& failure) {
      result.failure = Failure{failure.kind(), failure.what()};
    }
    return result;
  };
  const auto stamp = [&] {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return stamp_of(status);
  };
  const std::string bytes = picture(".png");
  const FileStamp found = stamp();
  CHECK_FALSE(run_found(found).failure);

  const std::string changed = picture(".png", 32);
  write_file(path, changed);  // the same file with other contents
  REQUIRE(stamp().inode == found.inode);
  const RunResult marked = run_found(found);
  REQUIRE_FALSE(marked.failure);
  CHECK(marked.published.input == stamp());
  CHECK(marked.published.input.size == static_cast<std::int64_t>(changed.size()));

  // It lives on, so that its inode is not given to what takes its place.
  REQUIRE(std::rename(path.c_str(), (in / "moved").c_str()) == 0);
  write_file(path, bytes);
  check_failed(run_found(found), FailureKind::unreadable, "was replaced by another file after it was found");
  std::remove(path.c_str());
  write_file(in / "elsewhere", bytes);
  REQUIRE(::symlink((in / "elsewhere").c_str(), path.c_str()) == 0);
  check_failed(run_found(found), FailureKind::unreadable, "was replaced");
  CHECK_FALSE(run_found({}).failure);
}

TEST_CASE_METHOD(PipelineFailureFixture, "truncated pictures are corrupt and leave nothing behind") {
  for (const char* suffix : {".jpg", ".png", ".webp", ".tif"}) {
    const std::string whole = picture(suffix);
    CAPTURE(suffix);
    check_failed(run_on("x", whole.substr(0, whole.size() * 6 / 10)), FailureKind::corrupt, "damaged");
  }
  CHECK(out.names().empty());
}

TEST_CASE_METHOD(PipelineFailureFixture, "a broken header is corrupt") {
  check_failed(run_on("x.png", "\x89PNG\r\n\x1a\nrubbish and more rubbish"), FailureKind::corrupt, "damaged");
  check_failed(run_on("x.jpg", "\xff\xd8\xff\xe0rubbish"), FailureKind::corrupt, "damaged");
}

TEST_CASE_METHOD(PipelineFailureFixture,
                 "a picture over the limit is refused with both numbers, one at the limit is not") {
  picture(".png");
  job.limits.pixels = 64 * 64 - 1;
  check_failed(run_file(in / "picture.png"), FailureKind::too_large,
               "64 x 64 = 4096 pixels, more than the limit of 4095");
  job.limits.pixels = 64 * 64;
  CHECK_FALSE(run_file(in / "picture.png").failure);
}

TEST_CASE_METHOD(PipelineFailureFixture,
                 "of pages that differ the first one is marked, and the others' loss is said") {
  const auto page = [&](int width) {
    return vips::VImage::black(width, 20).write_to_file(
        (in / ("p" + std::to_string(width) + ".tif")).c_str());
  };
  page(20);
  page(30);
  // Two directories in one file: the first file's next-directory offset leads to a copy of the second's.
  const std::string first = read_file(in / "p20.tif");
  const std::string second = read_file(in / "p30.tif");
  const auto u32 = [](const std::string& s, std::size_t at) {
    std::uint32_t value = 0;
    std::memcpy(&value, s.data() + at, 4);
    return value;
  };
  const auto u16 = [](const std::string& s, std::size_t at) {
    std::uint16_t value = 0;
    std::memcpy(&value, s.data() + at, 2);
    return value;
  };
  std::string both = first;
  both.resize((both.size() + 1) & ~std::size_t{1});
  const std::uint32_t directory = u32(first, 4);
  const std::size_t next = directory + 2 + 12 * std::size_t{u16(first, directory)};
  const std::uint32_t other = u32(second, 4);
  const auto target = static_cast<std::uint32_t>(both.size());
  both += second.substr(other, 2 + 12 * std::size_t{u16(second, other)}) + std::string(4, '\0');
  std::memcpy(both.data() + next, &target, 4);
  const RunResult result = run_on("two.tif", both);
  CHECK_FALSE(result.failure);
  CHECK(vips::VImage::new_from_file((out / "sub/out").c_str()).width() == 20);
  CHECK(result.published.notes == "pages after the first that differ in size or kind of pixels: 1");
}

TEST_CASE_METHOD(PipelineFailureFixture, "frames are not dropped for a format that has none") {
  vips::VImage::black(10, 30)
      .copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_B_W))
      .gifsave((in / "a.gif").c_str(), vips::VImage::option()->set("page_height", 10));
  vips::VImage strip = vips::VImage::gaussnoise(10, 30).cast(VIPS_FORMAT_UCHAR);
  strip.set(VIPS_META_PAGE_HEIGHT, 10);
  strip.gifsave((in / "a.gif").c_str());
  job.recipe.encoding.format = OutputFormat::jpeg;
  check_failed(run_file(in / "a.gif"), FailureKind::unsupported, "3 pages or frames");
}

TEST_CASE_METHOD(PipelineFailureFixture, "sides that the output format does not allow are named") {
  vips::VImage::black(17000, 2).pngsave((in / "wide.png").c_str());
  job.recipe.encoding.format = OutputFormat::webp;
  check_failed(run_file(in / "wide.png"), FailureKind::unsupported, "16383");
}

TEST_CASE_METHOD(PipelineFailureFixture,
                 "the output's failures come from publish, and an older output stands") {
  picture(".png");
  std::filesystem::create_directory(out / "sub");
  std::filesystem::create_directory(out / "sub/out");
  const RunResult result = run_file(in / "picture.png");
  check_failed(result, FailureKind::exists, "is a directory");
  CHECK(result.entered == std::vector{Stage::decode, Stage::compose, Stage::encode, Stage::publish});
  CHECK(std::filesystem::is_directory(out / "sub/out"));
  CHECK(out.names().size() == 2);
}

/// A red dot in the lower right corner of a transparent logo.
static Logo dotted_logo() {
  start_vips();
  vips::VImage image = vips::VImage::black(20, 10, vips::VImage::option()->set("bands", 4)).copy_memory();
  image.draw_rect({255, 0, 0, 255}, 18, 8, 2, 2, vips::VImage::option()->set("fill", true));
  VipsBlob* blob =
      image.copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB)).pngsave_buffer();
  std::size_t size = 0;
  const auto* data = static_cast<const std::byte*>(vips_blob_get(blob, &size));
  Logo logo{"dotted.png", {data, data + size}};
  vips_area_unref(VIPS_AREA(blob));
  return logo;
}

TEST_CASE_METHOD(PipelineFailureFixture, "a mark counts only if what of it is opaque lies in the picture") {
  const std::string type = GENERATE(".png", ".jpg");
  static_cast<void>(picture(type.c_str()));
  job.recipe.marks[0].source = dotted_logo();
  job.policy.if_unmarked = IfUnmarked::fail;
  job.recipe.marks[0].gravity = Gravity::southeast;
  job.recipe.marks[0].if_too_big = IfTooBig::clip;
  const auto at = [&](double x) {
    job.recipe.marks[0].offset_x = {x, Length::Unit::pixels};
    return run_file(in / ("picture" + type));
  };
  CHECK_FALSE(at(-1).failure);  // half of the dot is inside
  check_failed(at(-2), FailureKind::unmarked,
               "mark 1 (logo dotted.png): what of it lies in the picture is transparent");
  job.policy.if_unmarked = IfUnmarked::copy;
  const RunResult copied = at(-2);
  CHECK_FALSE(copied.failure);
  CHECK(copied.published.result == Result::copied);
  CHECK(copied.published.left_out.find("dotted.png") != std::string::npos);
  job.policy.if_unmarked = IfUnmarked::skip;
  const RunResult left_out = at(-2);
  CHECK(left_out.published.result == Result::left_out);
  CHECK(left_out.published.bytes == 0);
  CHECK(std::count(left_out.entered.begin(), left_out.entered.end(), Stage::publish) == 0);
}

TEST_CASE_METHOD(PipelineFailureFixture, "an input is never overwritten") {
  picture(".png");
  job.output_directory = in.path();
  const std::string before = read_file(in / "picture.png");
  Pipeline pipeline(job, log);
  check_failed(run(pipeline, in / "picture.png", "picture.png"), FailureKind::collision, "own input");
  CHECK(read_file(in / "picture.png") == before);
}

TEST_CASE_METHOD(PipelineFailureFixture, "one failure does not taint the next picture") {
  const std::string whole = picture(".png");
  Pipeline pipeline(job, log);
  write_file(in / "half.png", whole.substr(0, whole.size() / 2));
  for (int i = 0; i < 3; ++i) {
    CHECK(run(pipeline, in / "half.png", "a").failure);
    CHECK_FALSE(run(pipeline, in / "picture.png", "b").failure);
  }
}

TEST_CASE("a recipe that no worker can do is refused with its name") {
  RecordingLogger log;
  JobDescription job;
  Mark mark;
  mark.source = Logo{"/logos/broken.png", {std::byte{1}, std::byte{2}}};
  job.recipe.marks = {mark};
  CHECK_THROWS_AS(Pipeline(job, log), RecipeError);
  CHECK_THROWS_WITH(Pipeline(job, log), Catch::Matchers::Contains("/logos/broken.png"));
}

TEST_CASE_METHOD(PipelineFailureFixture,
                 "a large WebP picture is decoded without a file, which a killed worker would leave behind") {
  start_vips();
  const char* const before = std::getenv("TMPDIR");
  const TempDir temporary;
  ::setenv("TMPDIR", temporary.path().c_str(), 1);
  vips::VImage::black(7000, 5000, vips::VImage::option()->set("bands", 3))
      .write_to_file((in / "large.webp").c_str(), vips::VImage::option()->set("effort", 0));
  const std::string bytes = read_file(in / "large.webp");
  const auto unused = std::filesystem::last_write_time(temporary.path());
  std::vector<std::string> losses;
  const vips::VImage image =
      open_pages(std::as_bytes(std::span(bytes)), PictureFormat::webp, Tolerance::none, losses);
  CHECK(image.extract_area(0, 0, 8, 8).avg() == 0);                     // which makes libvips decode
  CHECK(std::filesystem::last_write_time(temporary.path()) == unused);  // libvips removes it after decoding
  if (before != nullptr) {
    ::setenv("TMPDIR", before, 1);
  } else {
    ::unsetenv("TMPDIR");
  }
}
