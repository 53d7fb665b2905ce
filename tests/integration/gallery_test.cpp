// The small pictures of a report, drawn by real processes: hostile pictures cost their places and nothing
// else.

#include "supervisor/report/html/gallery.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/sample_pictures.h"

namespace wm::test {
namespace {

using namespace std::chrono_literals;

JobSettings settings(std::chrono::milliseconds time) {
  JobSettings settings;
  settings.worker_program = hazard_worker();
  settings.run.timeout.time = time;
  settings.run.memory_limit = MemoryLimit::of(std::uint64_t{400} << 20);
  return settings;
}

bool is_jpeg(const Thumbnail& thumbnail) {
  return thumbnail.problem.empty() && thumbnail.jpeg.size() > 100 && thumbnail.jpeg[0] == std::byte{0xFF} &&
         thumbnail.jpeg[1] == std::byte{0xD8};
}

TEST_CASE("pictures that kill, lie or are gone leave their places with the reason") {
  const Job job;
  JobReport report;
  const std::vector<std::pair<std::string, std::string>> reasons{
      {"abort", "its process was killed by SIGABRT"},
      {"exit", "its process"},
      {"babble", "makes no sense"},
      {"endless", "its process said too much"},
      {"greedy", "needs more memory than is allowed"},
      {"forged", "its process gave no picture"}};
  for (const auto& [name, reason] : reasons) {
    const std::string good = std::to_string(report.sampled.size()) + ".jpg";
    job.add_picture(good, 3);
    job.add_picture(name + ".jpg");
    report.sampled.push_back({.input = job.in(good), .output = job.in(name + ".jpg")});
  }
  write_file(job.in("text.jpg"), "no picture");
  report.largest = {{.input = job.in("text.jpg"), .output = job.in("gone.jpg")}};
  const Gallery gallery = make_gallery(report, settings(0ms));
  REQUIRE(gallery.sampled.size() == reasons.size());
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    CAPTURE(reasons[i].first);
    CAPTURE(gallery.thumbnails[gallery.sampled[i].before].problem);
    CHECK(is_jpeg(gallery.thumbnails[gallery.sampled[i].before]));
    const Thumbnail& hostile = gallery.thumbnails[gallery.sampled[i].after];
    CAPTURE(hostile.problem);
    CHECK(hostile.jpeg.empty());
    CHECK(hostile.problem.find(reasons[i].second) != std::string::npos);
  }
  CHECK_FALSE(gallery.thumbnails[gallery.largest[0].before].problem.empty());
  CHECK(gallery.thumbnails[gallery.largest[0].after].problem == "the file is no longer there");
  CHECK(has_thumbnails(gallery));
  CHECK(job.workers("").empty());
}

TEST_CASE("a picture that hangs is given up") {
  const Job job;
  job.add_picture("hang.jpg");
  JobReport report;
  report.slowest = {{.input = job.in("hang.jpg"), .output = job.in("hang.jpg")}};
  const Gallery gallery = make_gallery(report, settings(500ms));
  REQUIRE(gallery.thumbnails.size() == 1);
  CHECK(gallery.thumbnails[0].problem.find("takes longer than") != std::string::npos);
  CHECK(job.workers("").empty());
}

}  // namespace
}  // namespace wm::test
