// Variables on their way into pixels: a picture marked with a variable is the same as one marked with what
// the variable stands for.

#include <array>

#include <vips/vips8>

#include "tests/support/catch.h"
#include "tests/unit/worker/support/pipeline_run.h"
#include "worker/stages/open_picture.h"
#include "worker/stages/picture_tags.h"
#include "worker/stages/pipeline.h"

using namespace wm;
using namespace wm::test;
using vips::VImage;

namespace {

constexpr auto ada = "Ada (Ada, ASCII, 4 components, 4 bytes)";

struct Marked {
  std::string bytes;
  std::uint32_t texts_rendered = 0;
};

class TextVariablesFixture {
 public:
  TextVariablesFixture() { start_vips(); }

  /// Writes an input: plain grey; `change` may set tags.
  template <class Change>
  std::string input(const std::string& file, const Change& change) const {
    VImage image = (VImage::black(160, 90) + 90)
                       .cast(VIPS_FORMAT_UCHAR)
                       .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_B_W));
    change(image);
    std::filesystem::create_directories(std::filesystem::path(in_ / file).parent_path());
    image.jpegsave((in_ / file).c_str());
    return in_ / file;
  }
  std::string input(const std::string& file) const {
    return input(file, [](VImage&) {});
  }

  JobDescription job(const std::string& words) const {
    JobDescription job;
    job.output_directory = out_.path();
    job.policy = {.if_unmarked = IfUnmarked::copy, .foreign = ForeignFile::replace};
    job.started = std::int64_t{200} * 86'400;  // 1970 in every time zone
    Text text;
    text.text = words;
    text.size = {20, Length::Unit::pixels};
    Mark mark;
    mark.source = text;
    job.recipe.marks = {mark};
    return job;
  }

  Marked marked(Pipeline& pipeline, const std::string& path, TaskId id = TaskId{7}) const {
    const RunResult result = run(pipeline, path, "out.jpg", id);
    REQUIRE_FALSE(result.failure);
    VImage image = VImage::new_from_file((out_ / "out.jpg").c_str());
    std::size_t size = 0;
    void* pixels = image.write_to_memory(&size);
    Marked marked{{static_cast<const char*>(pixels), size}, result.published.texts_rendered};
    g_free(pixels);
    return marked;
  }

  /// Of the last output; "" without it.
  std::string output_tag(const std::string& name) const {
    RecordingLogger log;
    return exif_tag(open_picture(out_ / "out.jpg", {}, DamagedPictures::fail, log), name).value_or("");
  }

  std::string pixels(const std::string& words, const std::string& path) const {
    Pipeline pipeline(job(words), log_);
    return marked(pipeline, path).bytes;
  }

 private:
  TempDir in_, out_;
  mutable RecordingLogger log_;
};

}  // namespace

TEST_CASE("variables stand for what they say") {
  const TextVariablesFixture fixture;
  const std::string path = fixture.input("folder/name.x.jpg");
  for (const auto& [variable, value] : std::vector<std::pair<std::string, std::string>>{
           {"{filename}", "name.x.jpg"},
           {"{stem}", "name.x"},
           {"{dir}", "folder"},
           {"{counter}", "7"},
           {"{counter:03}", "007"},
           {"{width}x{height}", "160x90"},
           {"{date:%Y}", "1970"},
           {"{exif:Artist|unknown}", "unknown"},
           {"a {{b}} {exif:Artist}c", "a {{b}} c"},
       }) {
    CAPTURE(variable);
    CHECK(fixture.pixels(variable, path) == fixture.pixels(value, path));
    CHECK(fixture.pixels(variable, path) != fixture.pixels("another", path));
  }
}

TEST_CASE("tags of a picture get into its text") {
  const TextVariablesFixture fixture;
  const std::string path = fixture.input("a.jpg", [](VImage& image) {
    image.set("exif-ifd0-Artist", ada);
    image.set("exif-ifd2-FNumber", "28/10 (f/2.8, Rational, 1 components, 8 bytes)");
  });
  CHECK(fixture.pixels("{exif:Artist|unknown}", path) == fixture.pixels("Ada", path));
  CHECK(fixture.pixels("f/{exif:FNumber}", path) == fixture.pixels("f/2.8", path));
}

TEST_CASE("copyright and artist know the same variables as texts") {
  const TextVariablesFixture fixture;
  const std::string plain = fixture.input("folder/plain.jpg");
  const std::string tagged =
      fixture.input("folder/tagged.jpg", [](VImage& image) { image.set("exif-ifd0-Artist", ada); });
  const auto credits = [&](const std::string& text, const std::string& path, OutputFormat format) {
    JobDescription job = fixture.job("x");
    job.recipe.encoding.format = format;
    job.recipe.encoding.copyright = text;
    job.recipe.encoding.artist = text;
    RecordingLogger log;
    Pipeline pipeline(job, log);
    fixture.marked(pipeline, path);
    return std::pair(fixture.output_tag("Copyright"), fixture.output_tag("Artist"));
  };
  for (const auto& [text, of_plain, of_tagged] : std::vector<std::array<std::string, 3>>{
           {"(c) Grace", "(c) Grace", "(c) Grace"},
           {"{{Grace}} {date:%Y}", "{Grace} 1970", "{Grace} 1970"},
           {"{stem} in {dir} {counter:03} {width}x{height}", "plain in folder 007 160x90",
            "tagged in folder 007 160x90"},
           {"{exif:Artist|nobody}", "nobody", "Ada"},
       }) {
    CAPTURE(text);
    for (const OutputFormat format : {OutputFormat::keep, OutputFormat::webp}) {
      CHECK(credits(text, plain, format) == std::pair(of_plain, of_plain));
      CHECK(credits(text, tagged, format) == std::pair(of_tagged, of_tagged));
    }
  }
  // Nothing to write leaves what is there.
  CHECK(credits("{exif:Copyright}", tagged, OutputFormat::keep) ==
        std::pair(std::string(), std::string("Ada")));
}

TEST_CASE("a misspelt tag in a copyright ends a job before its first picture") {
  const TextVariablesFixture fixture;
  RecordingLogger log;
  for (const bool artist : {false, true}) {
    JobDescription job = fixture.job("x");
    (artist ? job.recipe.encoding.artist : job.recipe.encoding.copyright) = "{exif:Artits}";
    try {
      const Pipeline pipeline(job, log);
      FAIL("accepted");
    } catch (const RecipeError& error) {
      CHECK(std::string(error.what()).find(artist ? "--artist" : "--copyright") != std::string::npos);
      CHECK(std::string(error.what()).find("Artits") != std::string::npos);
    }
  }
}

TEST_CASE("a name of a tag that EXIF does not have ends a job before its first picture") {
  const TextVariablesFixture fixture;
  RecordingLogger log;
  CHECK_NOTHROW(Pipeline(fixture.job("{exif:DateTimeOriginal}"), log));
  CHECK_THROWS_WITH(Pipeline(fixture.job("{exif:Artsit|Ada}"), log), Catch::Matchers::Contains("Artsit"));
}

TEST_CASE("a picture's width and height are those that are seen") {
  const TextVariablesFixture fixture;
  const std::string path = fixture.input("a.jpg", [](VImage& image) { image.set("orientation", 6); });
  CHECK(fixture.pixels("{width}x{height}", path) == fixture.pixels("90x160", path));
}

TEST_CASE("a picture for which a text is empty stays unmarked") {
  const TextVariablesFixture fixture;
  const std::string path = fixture.input("a.jpg");
  const std::string pixels = fixture.pixels("{exif:Artist}", path);
  CHECK(std::count(pixels.begin(), pixels.end(), pixels.front()) ==
        static_cast<std::ptrdiff_t>(pixels.size()));
}

TEST_CASE("each mark that a picture goes out without is told of once") {
  const TextVariablesFixture fixture;
  const std::string path = fixture.input("a.jpg");
  const auto told = [&](const JobDescription& job) {
    RecordingLogger log;
    Pipeline pipeline(job, log);
    const std::string text = run(pipeline, path, "out.jpg").published.left_out;
    return text.empty() ? 0 : 1 + std::count(text.begin(), text.end(), ';');
  };
  JobDescription job = fixture.job("{exif:Artist}");
  job.verify = true;  // composes a second time
  CHECK(told(job) == 1);
  job.recipe.marks[0].source = Text{.text = "far away"};
  CHECK(told(job) == 0);
  job.recipe.marks[0].offset_x = {-500, Length::Unit::pixels};
  CHECK(told(job) == 1);
  job.recipe.marks.push_back(job.recipe.marks[0]);
  CHECK(told(job) == 2);
}

TEST_CASE("pictures with different texts differ, and a text is drawn once for all pictures of one size") {
  const TextVariablesFixture fixture;
  RecordingLogger log;
  Pipeline pipeline(fixture.job("{stem}"), log);
  const Marked one = fixture.marked(pipeline, fixture.input("one.jpg"));
  const Marked two = fixture.marked(pipeline, fixture.input("two.jpg"));
  const Marked again = fixture.marked(pipeline, fixture.input("other/one.jpg"));
  CHECK(one.bytes != two.bytes);
  CHECK(one.bytes == again.bytes);
  CHECK(one.texts_rendered == 1);
  CHECK(two.texts_rendered == 1);
  CHECK(again.texts_rendered == 0);
}

TEST_CASE("a constant text is drawn for the first picture only") {
  const TextVariablesFixture fixture;
  RecordingLogger log;
  Pipeline pipeline(fixture.job("constant"), log);
  std::uint32_t drawn = 0;
  for (int i = 0; i < 20; ++i) {
    drawn += fixture.marked(pipeline, fixture.input(std::to_string(i) + ".jpg")).texts_rendered;
  }
  CHECK(drawn == 1);
}

TEST_CASE("letters that no font has end a job before its first picture, and a name's are only told of") {
  const TextVariablesFixture fixture;
  RecordingLogger log;
  CHECK_THROWS_AS(Pipeline(fixture.job("\U0010FFFD"), log), RecipeError);
  CHECK_THROWS_AS(Pipeline(fixture.job("{nonsense}"), log), RecipeError);
  Pipeline pipeline(fixture.job("{stem}"), log);
  fixture.marked(pipeline, fixture.input("\U0010FFFD.jpg"));
  CHECK(log.contains("U+10FFFD"));
}
