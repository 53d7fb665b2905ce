#include "supervisor/report/metrics_text.h"

#include <map>
#include <set>
#include <sstream>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/documents.h"

namespace wm::test {
namespace {

JobMetrics sample() {
  JobMetrics metrics{
      .job = {.directory = "/srv/marked"},
      .status = {.phase = JobPhase::running,
                 .started_ns = 1'790'000'000'250'000'000,
                 .updated_ns = 1'790'000'060'000'000'000,
                 .elapsed_s = 59.75,
                 .ledger = {.inputs = 100, .marked = 60, .up_to_date = 7, .failed = 2, .quarantined = 1},
                 .scan_complete = true,
                 .files_per_s = 2.5,
                 .mean_files_per_s = 1.5,
                 .eta_s = 12,
                 .input_bytes = 3000,
                 .output_bytes = 2000,
                 .output_free_bytes = 5000,
                 .workers = {{.state = "busy", .resident_bytes = 100},
                             {.state = "waiting for memory", .resident_bytes = 50},
                             {.state = "busy", .resident_bytes = 10}},
                 .restarts = 3,
                 .retries = 4,
                 .crashes = 5,
                 .log_written = 600,
                 .log_dropped = 6,
                 .exit_code = 1},
      .first_start_s = 1'788'000'000,
      .last_success_s = 1'789'000'000};
  metrics.failures[static_cast<std::size_t>(FailureKind::corrupt)] = 2;
  metrics.failures[static_cast<std::size_t>(FailureKind::crash)] = 1;
  return metrics;
}

/// The samples by their name with its labels.
std::map<std::string, std::string> samples(const std::string& text) {
  std::map<std::string, std::string> values;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#")) continue;
    const std::size_t space = line.rfind(' ');
    CHECK(values.emplace(line.substr(0, space), line.substr(space + 1)).second);
  }
  return values;
}

TEST_CASE("every figure of a job has its metric") {
  const auto values = samples(metrics_text(sample()));
  const std::string job = R"(job="/srv/marked")";
  const auto value = [&](const std::string& name, const std::string& more = "") {
    const auto found = values.find("wm_supervisor_" + name + "{" + job + more + "}");
    return found == values.end() ? "missing" : found->second;
  };
  CHECK(value("pictures_total", R"(,result="marked")") == "60");
  CHECK(value("pictures_total", R"(,result="unmarked")") == "0");
  CHECK(value("pictures_total", R"(,result="up_to_date")") == "7");
  CHECK(value("pictures_total", R"(,result="failed")") == "2");
  CHECK(value("pictures_total", R"(,result="quarantined")") == "1");
  CHECK(value("failures_total", R"(,kind="corrupt")") == "2");
  CHECK(value("failures_total", R"(,kind="crash")") == "1");
  CHECK(value("failures_total", R"(,kind="too_large")") == "0");
  CHECK(value("input_bytes_total") == "3000");
  CHECK(value("output_bytes_total") == "2000");
  CHECK(value("worker_restarts_total") == "3");
  CHECK(value("retries_total") == "4");
  CHECK(value("worker_crashes_total") == "5");
  CHECK(value("log_records_written_total") == "600");
  CHECK(value("log_records_dropped_total") == "6");
  CHECK(value("pictures_found") == "100");
  CHECK(value("pictures_pending") == "30");
  CHECK(value("scan_complete") == "1");
  CHECK(value("pictures_per_second") == "2.5");
  CHECK(value("mean_pictures_per_second") == "1.5");
  CHECK(value("remaining_seconds") == "12");
  CHECK(value("workers", R"(,state="busy")") == "2");
  CHECK(value("workers", R"(,state="waiting_for_memory")") == "1");
  CHECK(value("workers", R"(,state="idle")") == "0");
  CHECK(value("workers_resident_memory_bytes") == "160");
  CHECK(value("output_free_bytes") == "5000");
  CHECK(value("phase", R"(,phase="running")") == "1");
  CHECK(value("phase", R"(,phase="finished")") == "0");
  CHECK(value("start_time_seconds") == "1790000000.250");
  CHECK(value("updated_timestamp_seconds") == "1790000060.000");
  CHECK(value("elapsed_seconds") == "59.75");
  CHECK(value("first_start_time_seconds") == "1788000000");
  CHECK(value("last_success_timestamp_seconds") == "1789000000");
  CHECK(value("exit_code") == "1");
}

TEST_CASE("what is not known has no metric") {
  JobMetrics metrics = sample();
  metrics.status.eta_s = std::nullopt;
  metrics.status.exit_code = std::nullopt;
  metrics.status.output_free_bytes = std::nullopt;
  const std::string text = metrics_text(metrics);
  for (const char* const name : {"remaining_seconds", "exit_code", "output_free_bytes"})
    CHECK(text.find(name) == std::string::npos);
}

TEST_CASE("the buckets of a stage count up to its number of pictures") {
  JobMetrics metrics = sample();
  LatencyHistogram& decode = metrics.stages[0];
  for (const std::uint64_t milliseconds : {2U, 3U, 20U, 400U, 90'000U}) decode.add(milliseconds * 1'000'000);
  const auto values = samples(metrics_text(metrics));
  const auto bucket = [&](const std::string& bound) {
    return values.at(R"(wm_supervisor_stage_duration_seconds_bucket{job="/srv/marked",stage="decode",le=")" +
                     bound + "\"}");
  };
  CHECK(bucket("0.0005") == "0");
  CHECK(bucket("0.0025") == "1");
  CHECK(bucket("0.005") == "2");
  CHECK(bucket("0.025") == "3");
  CHECK(bucket("0.5") == "4");
  CHECK(bucket("60") == "4");
  CHECK(bucket("+Inf") == "5");
  CHECK(values.at(R"(wm_supervisor_stage_duration_seconds_count{job="/srv/marked",stage="decode"})") == "5");
  CHECK(values.at(R"(wm_supervisor_stage_duration_seconds_sum{job="/srv/marked",stage="decode"})") ==
        "90.425");
  CHECK(values.at(R"(wm_supervisor_stage_duration_seconds_count{job="/srv/marked",stage="encode"})") == "0");
}

TEST_CASE("a job's path is a label whatever bytes it has") {
  const auto label = [](const std::string& path) {
    JobMetrics metrics = sample();
    metrics.job.directory = path;
    const std::string text = metrics_text(metrics);
    const std::size_t begin = text.find("scan_complete{") + 14;
    return text.substr(begin, text.find("} ", begin) - begin);
  };
  CHECK(label("/a \"b\"\\c\nd") == R"(job="/a \"b\"\\c\nd")");
  CHECK(label("/ä") == "job=\"/ä\"");
  CHECK(label("/\xff") == R"(job="/%FF")");
}

TEST_CASE("with a shard every metric says which one, and one says of how many") {
  JobMetrics metrics = sample();
  metrics.job.shard = Shard{.index = 3, .count = 64};
  const auto values = samples(metrics_text(metrics));
  for (const auto& [name, value] : values) {
    CAPTURE(name);
    CHECK(name.find(R"({job="/srv/marked",shard="3")") != std::string::npos);
  }
  CHECK(values.at(R"(wm_supervisor_shards{job="/srv/marked",shard="3"})") == "64");
  CHECK(values.contains(R"(wm_supervisor_pictures_total{job="/srv/marked",shard="3",result="marked"})"));
  CHECK(metrics_text(sample()).find("shard") == std::string::npos);
}

TEST_CASE("each metric is described once, before its samples") {
  std::istringstream lines(metrics_text(sample()));
  std::set<std::string> described;
  std::string present;
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    if (line.starts_with("# HELP ")) {
      present = line.substr(7, line.find(' ', 7) - 7);
      CHECK(described.insert(present).second);
      CHECK(line.ends_with("."));
    } else if (line.starts_with("# TYPE ")) {
      CHECK(line.substr(7).starts_with(present + " "));
    } else {
      CHECK(line.starts_with(present));
    }
  }
  CHECK(metrics_text(sample()).starts_with(metrics_beginning));
}

TEST_CASE("the document lists every metric, and no other") {
  std::set<std::string> metrics;
  JobMetrics all = sample();
  all.job.shard = Shard{};
  std::istringstream lines(metrics_text(all));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) metrics.insert(line.substr(7, line.find(' ', 7) - 7));
  }
  CHECK(names_in_table(section(document("docs/monitoring.md"), "### The metrics")) == metrics);
}

}  // namespace
}  // namespace wm::test
