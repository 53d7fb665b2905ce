#include "supervisor/report/html/gallery.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <mutex>
#include <stdexcept>

#include "tests/support/catch.h"
#include "tests/support/fake_report.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

/// Answers as told by the name, and counts the calls.
class Drawing {
 public:
  PreviewAnswer operator()(const std::string& path) {
    const std::lock_guard lock(mutex_);
    ++calls_[path];
    if (path.ends_with("broken")) return {.text = "its process was killed by\nSIGSEGV"};
    if (path.ends_with("taken-over"))
      return {.kind = PreviewAnswer::Kind::picture, .bytes = {std::byte{'<'}, std::byte{'s'}}, .text = {}};
    if (path.ends_with("endless")) {
      std::vector<std::byte> bytes = test::tiny_jpeg();
      bytes.resize(longest_thumbnail + 1);
      return {.kind = PreviewAnswer::Kind::picture, .bytes = std::move(bytes), .text = {}};
    }
    if (path.ends_with("fatal")) throw std::runtime_error("no process can be started");
    return {.kind = PreviewAnswer::Kind::picture, .bytes = test::tiny_jpeg(), .text = {}};
  }
  [[nodiscard]] const std::map<std::string, int>& calls() const { return calls_; }

 private:
  std::mutex mutex_;
  std::map<std::string, int> calls_;
};

class Files {
 public:
  [[nodiscard]] std::string made(const std::string& name) const {
    std::ofstream(directory_ / name) << "picture";
    return directory_ / name;
  }
  [[nodiscard]] std::string missing() const { return directory_ / "missing"; }

 private:
  TempDir directory_;
};

Gallery drawn(const JobReport& job, Drawing& drawing, unsigned threads = 3) {
  return make_gallery(
      job, [&](const std::string& path) { return drawing(path); }, threads);
}

TEST_CASE("a picture that fails costs its place and no other") {
  const Files files;
  JobReport job;
  job.sampled = {{.input = files.made("a"), .output = files.made("b")},
                 {.input = files.made("broken"), .output = files.missing()},
                 {.input = files.made("taken-over"), .output = "only/relative"}};
  Drawing drawing;
  const Gallery gallery = drawn(job, drawing);
  REQUIRE(gallery.sampled.size() == 3);
  const auto shown = [&](std::size_t at) { return gallery.thumbnails.at(at); };
  CHECK(shown(gallery.sampled[0].before).jpeg == test::tiny_jpeg());
  CHECK(shown(gallery.sampled[0].after).problem.empty());
  CHECK(shown(gallery.sampled[1].before).problem == "its process was killed by\\nSIGSEGV");
  CHECK(shown(gallery.sampled[1].after).problem == "the file is no longer there");
  CHECK(shown(gallery.sampled[2].before).problem == "its process gave no picture");
  CHECK(shown(gallery.sampled[2].before).jpeg.empty());
  CHECK(shown(gallery.sampled[2].after).problem == "its directory is not known");
  CHECK(has_thumbnails(gallery));
  CHECK_FALSE(has_thumbnails(Gallery{.thumbnails = {{.jpeg = {}, .problem = "none"}}}));
}

TEST_CASE("each file is drawn once, however often it is shown") {
  const Files files;
  JobReport job;
  job.sampled = {{.input = files.made("a"), .output = files.made("b")}};
  job.slowest = {{.input = files.made("c"), .output = files.made("d")}, job.sampled[0]};
  job.largest = job.sampled;
  Drawing drawing;
  const Gallery gallery = drawn(job, drawing);
  CHECK(gallery.thumbnails.size() == 4);
  CHECK(drawing.calls().size() == 4);
  CHECK(std::ranges::all_of(drawing.calls(), [](const auto& call) { return call.second == 1; }));
  CHECK(gallery.largest[0].after == gallery.sampled[0].after);
  CHECK(gallery.slowest[1].before == gallery.sampled[0].before);
}

TEST_CASE("when no process can be started, there is no gallery") {
  const Files files;
  JobReport job;
  job.sampled = {{.input = files.made("fatal"), .output = files.made("b")}};
  Drawing drawing;
  CHECK_THROWS_WITH(drawn(job, drawing), "no process can be started");
}

TEST_CASE("an answer that is longer than any thumbnail is none") {
  const Files files;
  JobReport job;
  job.sampled = {{.input = files.made("endless"), .output = files.made("b")}};
  Drawing drawing;
  const Gallery gallery = drawn(job, drawing);
  CHECK(gallery.thumbnails.at(gallery.sampled[0].before).problem == "its process said too much");
  CHECK(gallery.thumbnails.at(gallery.sampled[0].after).jpeg == test::tiny_jpeg());
}

TEST_CASE("pictures that no time is left for are left out, with the reason") {
  const Files files;
  JobReport job;
  job.sampled = {{.input = files.made("a"), .output = files.made("b")}};
  Drawing drawing;
  const Gallery gallery = make_gallery(
      job, [&](const std::string& path) { return drawing(path); }, 2, std::chrono::milliseconds(0));
  CHECK(drawing.calls().empty());
  CHECK(gallery.thumbnails.at(1).problem.find("took too long") != std::string::npos);
  CHECK_FALSE(has_thumbnails(gallery));
}

TEST_CASE("a job without pictures needs no process") {
  CHECK(make_gallery({}, JobSettings{}).thumbnails.empty());
}

}  // namespace
}  // namespace wm
