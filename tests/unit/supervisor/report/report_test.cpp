#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "supervisor/report/job_status.h"
#include "supervisor/report/json_report.h"
#include "supervisor/report/progress_json.h"
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
  LatencyHistogram three;
  for (const std::uint64_t milliseconds : {1U, 20U, 300U}) three.add(milliseconds * 1'000'000);
  CHECK(three.count_up_to_s(0) == 0);
  CHECK(three.count_up_to_s(0.01) == 1);
  CHECK(three.count_up_to_s(0.1) == 2);
  CHECK(three.count_up_to_s(1e12) == 3);
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
  CHECK(run_remarks(report).find("damaged") == std::string::npos);
  report.corrupt = 1;
  CHECK(run_remarks(report).find("1 damaged file failed; --damaged mark marks what can be read\n") !=
        std::string::npos);
  report.damaged_pictures = DamagedPictures::mark;
  CHECK(run_remarks(report).find("damaged") == std::string::npos);  // nothing can be read of it
  report.damaged = 2;
  CHECK(run_remarks(report).find("2 damaged pictures: only their readable parts are marked; see the log\n") !=
        std::string::npos);
  report.damaged = 1;
  CHECK(run_remarks(report).find("1 damaged picture: only its readable part is marked; see the log\n") !=
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

TEST_CASE("the summary's ledger closes") {
  RunReport report;
  const auto first_line = [&] {
    return run_summary(report, "", "").substr(0, run_summary(report, "", "").find('\n'));
  };
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

TEST_CASE("the summary has three lines; phases, stages and JPEG paths are statistics") {
  RunReport report{
      .workers = 2, .restarts = 1, .retries = 2, .input_bytes = 1'234'567, .output_bytes = 89'000};
  report.ledger = {.inputs = 240, .marked = 238, .failed = 2};
  report.phases.total = 41.2;
  CHECK(run_summary(report, "out/log", "out/report.json") ==
        "240 pictures: 238 marked, 2 failed\n"
        "5.8 pictures/s, 2 workers, 41.2 s, 1.2 MiB read, 86.9 KiB written, 1 restart, 2 retries\n"
        "log: out/log  report: out/report.json\n");
  report.restarts = report.retries = 0;
  report.phases.total = 3725;
  CHECK(run_summary(report, "", "").find("2 workers, 1:02:05, 1.2 MiB read, 86.9 KiB written\n") !=
        std::string::npos);
  CHECK(run_statistics(report).find("JPEG") == std::string::npos);
  report.count_route(JpegRoute::splice, "");
  report.count_route(JpegRoute::pixels, "CMYK\n");
  const std::string text = run_statistics(report);
  for (const char* const word :
       {"\nstartup ", "\nshutdown ", "\ndecode ", "\npublish ", "\nJPEG path ", "\nsplice ", "  CMYK\\n\n"})
    CHECK(text.find(word) != std::string::npos);
}

TEST_CASE("a line of --progress json is one object on one line, whatever the reason says") {
  JobStatus status{.phase = JobPhase::stopping, .updated_ns = 1'764'500'000'000'000'000, .elapsed_s = 1.5};
  status.ledger = {.inputs = 10, .marked = 4, .failed = 1};
  status.workers = {{.name = "worker-01", .state = "busy", .input = "a.jpg"},
                    {.name = "worker-02", .state = "idle"}};
  status.reason = "a\nb\xff";
  const std::string line = progress_json(status);
  CHECK(line.find('\n') == line.size() - 1);
  const auto json = nlohmann::json::parse(line);
  CHECK(json["phase"] == "stopping");
  CHECK(json["pending"] == 5);
  CHECK(json["in_progress"] == 1);
  CHECK(json["eta_s"].is_null());
  CHECK(json["exit_code"].is_null());
}

}  // namespace
}  // namespace wm
