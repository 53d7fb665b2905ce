#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "supervisor/report/json_report.h"
#include "supervisor/report/progress_line.h"
#include "supervisor/report/run_summary.h"
#include "supervisor/report/worker_count.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a run names as many workers as there are files, or the most there may be") {
  CHECK(workers_text(8, 3, true) == "3 workers");
  CHECK(workers_text(8, 1, true) == "1 worker");
  CHECK(workers_text(8, 0, true) == "1 worker");
  CHECK(workers_text(8, 3, false) == "up to 8 workers");
  CHECK(workers_text(8, 20, false) == "8 workers");
  CHECK(workers_text(1, 20, true) == "1 worker");
}

TEST_CASE("quantiles are right to a few percent over nine orders of magnitude") {
  for (const double scale : {1.0, 1e3, 1e6, 1e9}) {
    LatencyHistogram histogram;
    for (int i = 1; i <= 1000; ++i) histogram.add(static_cast<std::uint64_t>(i * scale));
    CHECK(histogram.count() == 1000);
    CHECK(histogram.quantile_s(0.5) == Approx(500 * scale / 1e9).epsilon(0.04));
    CHECK(histogram.quantile_s(0.99) == Approx(990 * scale / 1e9).epsilon(0.04));
    CHECK(histogram.mean_s() == Approx(500.5 * scale / 1e9));
  }
  CHECK(LatencyHistogram{}.quantile_s(0.5) == 0);
  LatencyHistogram extreme;
  extreme.add(~std::uint64_t{0});
  CHECK(extreme.quantile_s(1) > 1e10);
}

TEST_CASE("reasons of JPEG paths are counted, few are kept, and any bytes make valid JSON") {
  RunReport report;
  report.count_route(JpegRoute::none, "not a JPEG");
  report.count_route(JpegRoute::splice, "");
  for (int i = 0; i < 3; ++i) report.count_route(JpegRoute::pixels, "CMYK \xff\n");
  for (int i = 0; i < 1000; ++i) report.count_route(JpegRoute::pixels, "damaged at " + std::to_string(i));
  const TempDir dir;
  const std::string path = dir.path() + "/report.json";
  write_json_report(JobDirectory::create(dir.path()), report, [](const auto&) {});
  const auto paths = nlohmann::json::parse(std::ifstream(path))["jpeg_paths"];
  CHECK(paths["splice"] == 1);
  CHECK(paths["coefficients"] == 0);
  CHECK(paths["pixels"] == 1003);
  CHECK(paths["reasons"]["CMYK \\xff\\n"] == 3);
  CHECK(paths["reasons"].size() == 51);
  std::uint64_t sum = 0;
  for (const auto& [reason, count] : paths["reasons"].items()) sum += count.get<std::uint64_t>();
  CHECK(sum == 1003);
}

TEST_CASE("the summary says what became of damaged files, and how they can be marked") {
  RunReport report;
  CHECK(run_summary(report).find("damaged") == std::string::npos);
  report.corrupt = 1;
  CHECK(run_summary(report).find("1 damaged file failed; --damaged mark marks what can be read\n") !=
        std::string::npos);
  report.damaged_pictures = DamagedPictures::mark;
  CHECK(run_summary(report).find("damaged") == std::string::npos);  // nothing can be read of it
  report.damaged = 2;
  CHECK(run_summary(report).find("of 2 damaged files what could be read was marked: see the log\n") !=
        std::string::npos);
}

TEST_CASE("the report is valid JSON with every problem in it, whatever the names are") {
  const TempDir dir;
  const std::string path = dir.path() + "/report.json";
  RunReport report{.command = {"wm-supervisor", "\xff"}, .workers = 3};
  report.ledger = {.inputs = 10, .marked = 4, .up_to_date = 1, .failed = 2, .quarantined = 1, .ignored = 7};
  report.stages[0].add(1'000'000);
  write_json_report(JobDirectory::create(dir.path()), report, [](const auto& visit) {
    visit({.input = "a\n\"b\".jpg",
           .state = FinalState::failed,
           .failure = {FailureKind::corrupt, "bad"},
           .attempts = 1});
    visit({.input = "\xff%.jpg",
           .state = FinalState::quarantined,
           .failure = {FailureKind::crash, "boom"},
           .attempts = 2});
  });
  const auto json = nlohmann::json::parse(std::ifstream(path));
  CHECK(json["schema"] == 1);
  CHECK(json["pending"] == 2);
  CHECK(json["ignored"] == 7);
  CHECK(json["stages"]["decode"]["count"] == 1);
  CHECK(json["command"][1] == "%FF");
  REQUIRE(json["problems"].size() == 2);
  CHECK(json["problems"][0]["input"] == "a\n\"b\".jpg");
  CHECK(json["problems"][0]["kind"] == "corrupt");
  CHECK(json["problems"][0]["crash"].is_null());
  CHECK(json["problems"][1]["input"] == "%FF%25.jpg");
  CHECK(json["problems"][1]["input_encoding"] == "percent");
  CHECK(json["problems"][1]["status"] == "quarantined");
}

TEST_CASE("a report without problems is valid, too, and one that cannot be written says so") {
  const TempDir dir;
  const auto none = [](const auto&) {};
  const auto job = JobDirectory::create(dir.path());
  write_json_report(job, {}, none);
  CHECK(nlohmann::json::parse(std::ifstream(dir.path() + "/report.json"))["problems"].empty());
  std::filesystem::create_directory(dir.path() + "/report.json.tmp");
  CHECK_THROWS(write_json_report(job, {}, none));
}

TEST_CASE("the progress line tells the total as soon as it is known") {
  Progress progress{
      .ledger = {.inputs = 200, .marked = 50, .failed = 2}, .files_per_second = 10, .workers = "dc."};
  CHECK(progress_line(progress) == "52/200+  10.0 files/s  2 failed  [dc.]");
  progress.scan_finished = true;
  CHECK(progress_line(progress) == "52/200 (26 %)  10.0 files/s  ETA 0:15  2 failed  [dc.]");
  progress.ledger.unmarked = 8;
  CHECK(progress_line(progress) == "60/200 (30 %)  10.0 files/s  ETA 0:14  8 unmarked  2 failed  [dc.]");
  CHECK(short_duration(3h + 5min) == "3:05:00");
}

TEST_CASE("the pace follows the present and not the beginning") {
  Pace pace;
  auto now = Pace::Clock::time_point{} + 1h;
  std::uint64_t finished = 0;
  for (int i = 0; i < 60; ++i) pace.observe(now += 1s, finished += 100);
  CHECK(pace.files_per_second() == Approx(100));
  for (int i = 0; i < 60; ++i) pace.observe(now += 1s, finished += 10);
  CHECK(pace.files_per_second() == Approx(10).epsilon(0.05));
}

TEST_CASE("the summary's ledger closes") {
  RunReport report;
  const auto first_line = [&] { return run_summary(report).substr(0, run_summary(report).find('\n')); };
  CHECK(first_line() == "0 pictures: 0 marked");
  report.ledger = {.inputs = 1, .marked = 1, .ignored = 1};
  CHECK(first_line() == "1 picture: 1 marked (1 file ignored)");
  report.ledger = {.inputs = 10, .marked = 4, .up_to_date = 1, .failed = 2, .quarantined = 1};
  CHECK(first_line() == "10 pictures: 4 marked, 1 up to date, 2 failed, 1 quarantined, 2 pending");
  report.ledger.unmarked = 2;
  report.ledger.ignored = 3;
  CHECK(first_line() ==
        "10 pictures: 4 marked, 2 unmarked, 1 up to date, 2 failed, 1 quarantined (3 files ignored)");
}

}  // namespace
}  // namespace wm
