// The page is whole, short and harmless, whatever the job was.

#include "supervisor/report/html/html_report.h"

#include <cmath>
#include <limits>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/json/json_text.h"
#include "supervisor/report/html/report_data.h"
#include "supervisor/report/html/script_json.h"
#include "supervisor/report/report_words.h"
#include "supervisor/text/escape.h"
#include "tests/support/catch.h"
#include "tests/support/documents.h"
#include "tests/support/fake_report.h"

namespace wm {
namespace {

std::string page_of(const JobReport& job, const Gallery& gallery = {}) {
  return html_text({.job = job,
                    .gallery = gallery,
                    .outcome = "3 < 4 & \"5\" pictures",
                    .version = "1.2.3",
                    .crash_link = test::fake_link});
}

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

std::string_view data_in(std::string_view page) {
  constexpr std::string_view begin = R"(<script type="application/json" id="report">)";
  const std::size_t start = page.find(begin);
  REQUIRE(start != std::string_view::npos);
  const std::string_view rest = page.substr(start + begin.size());
  return rest.substr(0, rest.find("</script>"));
}

Json parsed(const JobReport& job, const Gallery& gallery = {}) {
  const std::string page = page_of(job, gallery);
  Json json = json_from_text(data_in(page));
  REQUIRE_FALSE(json.is_discarded());
  return json;
}

TEST_CASE("the page is one file that says what it is and asks for no other") {
  const JobReport job = test::fake_report(100, 10);
  const std::string page = page_of(job, test::fake_gallery(job));
  CHECK(page.starts_with("<!doctype html>"));
  CHECK(page.substr(0, 1024).find(html_report_mark) != std::string::npos);
  CHECK(page.ends_with("</html>\n"));
  CHECK(page.find("<title>3 &lt; 4 &amp; &quot;5&quot; pictures</title>") != std::string::npos);
  CHECK(page.find("{{policy}}") == std::string::npos);
  CHECK(page.find("default-src 'none'; script-src 'sha256-") != std::string::npos);
  CHECK(page.find("unsafe") == std::string::npos);
  // The name of SVG's elements is the only one that looks like an address.
  CHECK(occurrences(page, "://") == occurrences(page, "http://www.w3.org/2000/svg"));
  for (const char* const request :
       {"@import", "url(", "fetch(", "XMLHttpRequest", "<link", "<iframe", "srcset"})
    CHECK(page.find(request) == std::string::npos);
  for (const char* const as_html :
       {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("})
    CHECK(page.find(as_html) == std::string::npos);
}

TEST_CASE("the counts in the outcome have commas, its reason has none") {
  const auto heading = [](const std::string& outcome) {
    const std::string page =
        html_text({.job = {}, .gallery = {}, .outcome = outcome, .version = {}, .crash_link = {}});
    const std::size_t start = page.find("<h1>") + 4;
    return page.substr(start, page.find("</h1>") - start);
  };
  CHECK(heading("412033 of 1000000 pictures are marked, 999 failed, 1000 are to do.") ==
        "412,033 of 1,000,000 pictures are marked, 999 failed, 1,000 are to do.");
  CHECK(heading("Stopped early (by 41873): 12345 pictures.") == "Stopped early (by 41873): 12,345 pictures.");
}

TEST_CASE("names and messages of a job cannot leave their strings") {
  JobReport job = test::fake_report(100, 20);
  const auto names = test::hostile_names();
  for (const std::string& name : names) {
    job.runs[0].reason = name;
    job.runs[0].command = name;
    job.runs[0].recipe = name;
    job.jpeg_reasons[name] = 1;
    job.problem_groups.push_back({.kind = FailureKind::crash, .message = name, .count = 1});
    job.problems.front().crash = name;
    job.output_directory = name;
  }
  Gallery gallery = test::fake_gallery(job);
  gallery.thumbnails[0] = {.jpeg = {}, .problem = "</script>"};
  const std::string page = page_of(job, gallery);
  CHECK(occurrences(page, "<script") == 2);
  CHECK(occurrences(page, "</script>") == 2);
  CHECK(occurrences(page, "<img") == 0);
  CHECK(data_in(page).find_first_of("<>&") == std::string_view::npos);
  CHECK(page.find("\xE2\x80\xA8") == std::string::npos);
  CHECK(page.find(std::string("\xE2") + "\x80\xAE") == std::string::npos);
  const Json json = json_from_text(data_in(page));
  REQUIRE_FALSE(json.is_discarded());
  const Json& rows = json["problems"];
  CHECK(rows[0][0] == names[0]);
  CHECK(rows[1][0] == names[1]);
  CHECK(rows[3][0] == "line\\nbreak\\xe2\\x80\\xa8.jpg");
  CHECK(rows[5][0] == "not\\xffutf8.jpg");
  CHECK(rows[6][0] == names[6]);
  CHECK(rows[7][0].get<std::string>().size() <= 300);
}

TEST_CASE("a page says how a job went") {
  JobReport job = test::fake_report(1000, 20);
  job.runs_left_out = 7;
  const Json json = parsed(job, test::fake_gallery(job));
  CHECK(json["version"] == "1.2.3");
  CHECK(json["ledger"]["inputs"] == 1000);
  CHECK(json["ledger"]["marked"] == 980);
  CHECK(json["ledger"]["pending"] == 0);
  REQUIRE(json["runs"].size() == 3);
  CHECK(json["runs_left_out"] == 7);
  CHECK(json["runs"][0]["id"] == 3);  // the latest one first
  CHECK(json["runs"][2]["ended"] == false);
  CHECK(json["runs"][1]["reason"] == "stopped by SIGINT");
  const Json& samples = json["runs"][0]["samples"];
  CHECK(samples.size() == 1000);
  CHECK(samples.front()[0] == 0);
  const RunSample& last = job.runs.back().samples.back();
  CHECK(samples.back() == Json({3600, last.done(), last.failed(), last.restarts, last.resident_bytes}));
  REQUIRE(json["times"].size() == stage_count + 1);
  for (const Json& histogram : json["times"]) {
    std::uint64_t count = 0;
    for (const Json& bin : histogram["bins"]) {
      count += bin[2].get<std::uint64_t>();
      CHECK(bin[0].get<double>() < bin[1].get<double>());
    }
    CHECK(count == histogram["count"].get<std::uint64_t>());
  }
  CHECK(json["times"][0]["p50"].get<double>() == Approx(0.006).epsilon(0.05));
  CHECK(json["sizes"][0]["p50"].get<double>() == Approx(4.1e6).epsilon(0.05));
  CHECK(json["problems"].size() == 20);
  CHECK(json["steps"].size() == next_steps(job).size());
  CHECK_FALSE(json["steps"].empty());
  CHECK(json["problems"][4][6] == test::fake_link("20261124T134700Z-W02-SIGSEGV-ef31e3b8"));
  CHECK(json["problems"][0][6] == 0);
  CHECK(json["reasons"][0][0] == "12 bits per sample");
  const Json& sampled = json["gallery"]["sampled"];
  REQUIRE(sampled.size() == html_report_limits.pictures);
  CHECK(sampled[0]["before"] == 0);
  CHECK(sampled[0]["after"] == "the file is no longer there");
  CHECK(sampled[1]["before"] == 1);
  CHECK(json["thumbnails"].size() == 6 * html_report_limits.pictures - 1);
}

TEST_CASE("an empty job has a page, too") {
  const Json json = parsed({});
  CHECK(json["runs"].empty());
  CHECK(json["problems"].empty());
  CHECK(json["thumbnails"].empty());
}

TEST_CASE("samples that make no sense are left out") {
  JobReport job;
  RunFigures run;
  for (const double time : {0.0, 1.0, std::nan(""), 0.5, 2.0, std::numeric_limits<double>::infinity(), 3.0}) {
    RunSample sample;
    sample.elapsed_s = time;
    run.samples.push_back(sample);
  }
  run.elapsed_s = std::nan("");
  job.runs.push_back(run);
  const Json json = parsed(job);
  REQUIRE(json["runs"][0]["samples"].size() == 4);
  CHECK(json["runs"][0]["samples"][3][0] == 3);
  CHECK(json["runs"][0]["elapsed_s"] == 0);
}

/// A job in which everything is as long as it gets.
JobReport worst_job() {
  JobReport job = test::fake_report(1'000'000, 100'000);
  const std::string name(4096, '<');
  for (Problem& problem : job.problems) {
    problem.input = name;
    problem.failure.message = name;
    problem.crash = name;
  }
  for (std::size_t i = 0; i < html_report_limits.problem_groups; ++i)
    job.problem_groups.push_back({.kind = FailureKind::crash, .message = name, .count = 1});
  for (int i = 0; i < 1000; ++i) job.jpeg_reasons[name + std::to_string(i)] = 1;
  RunFigures run = job.runs.front();
  run.command = run.recipe = run.reason = name;
  job.runs.assign(html_report_limits.runs, run);
  for (auto* const list : {&job.sampled, &job.slowest, &job.largest}) {
    for (ReportPicture& picture : *list) picture.input = "/srv/photos/" + name;
  }
  for (std::uint64_t i = 1; i != 0; i <<= 1U) {
    for (std::uint64_t quarter = 4; quarter < 8; ++quarter) {
      const LatencyHistogram::Bucket bucket{.from = i / 4 * quarter, .count = 999'999'999, .total = 1};
      for (LatencyHistogram& stage : job.stages) stage.add(bucket);
      for (auto* const histogram : {&job.picture_times, &job.input_sizes, &job.output_sizes})
        histogram->add(bucket);
    }
  }
  return job;
}

TEST_CASE("no job makes a page too long, and what is left out is counted") {
  const JobReport job = worst_job();
  Gallery gallery = test::fake_gallery(job);
  for (Thumbnail& thumbnail : gallery.thumbnails) thumbnail.jpeg.resize(100'000);
  const std::string page = page_of(job, gallery);
  CHECK(page.size() < html_report_bytes);
  CHECK(page.size() > html_report_bytes / 2);
  const Json json = json_from_text(data_in(page));
  REQUIRE_FALSE(json.is_discarded());
  const auto number = [&](const char* key) { return json[key].get<std::size_t>(); };
  CHECK(json["problems"].size() + number("problems_left_out") == 100'000);
  CHECK(json["runs"].size() + number("runs_left_out") == html_report_limits.runs);
  CHECK(json["reasons"].size() + number("reasons_left_out") == job.jpeg_reasons.size());
  std::uint64_t grouped = number("ungrouped");
  for (const Json& group : json["groups"]) grouped += group["count"].get<std::uint64_t>();
  std::uint64_t wanted = 0;
  for (const ProblemGroup& group : job.problem_groups) wanted += group.count;
  CHECK(grouped == wanted);
  std::size_t missing = 0;
  for (const char* const list : {"sampled", "slowest", "largest"}) {
    for (const Json& picture : json["gallery"][list])
      missing += (picture["before"].is_string() ? 1U : 0U) + (picture["after"].is_string() ? 1U : 0U);
  }
  CHECK(missing + json["thumbnails"].size() == gallery.thumbnails.size());
}

TEST_CASE("a thumbnail that is too long leaves room for the others") {
  const JobReport job = test::fake_report(1000, 5);
  Gallery gallery = test::fake_gallery(job);
  REQUIRE(gallery.thumbnails.size() > 2);
  const std::size_t without = json_from_text(data_in(page_of(job, gallery)))["thumbnails"].size();
  gallery.thumbnails[0].jpeg.resize(5'000'000);
  CHECK(json_from_text(data_in(page_of(job, gallery)))["thumbnails"].size() == without - 1);
}

TEST_CASE("a job of a million inputs has a page far below the limit") {
  const JobReport job = test::fake_report(1'000'000, 20'000);
  CHECK(page_of(job, test::fake_gallery(job)).size() < html_report_bytes * 3 / 4);
}

TEST_CASE("the limits are those of docs/monitoring.md") {
  const std::string text = test::section(test::document("docs/monitoring.md"), "## The HTML report");
  const std::string limits =
      fmt::format("At most {},{:03} problems are\nlisted, {} messages, {} runs, and {} pictures",
                  html_report_limits.problems / 1000, html_report_limits.problems % 1000,
                  html_report_limits.problem_groups, html_report_limits.runs, html_report_limits.pictures);
  CAPTURE(limits);
  CHECK(text.find(limits) != std::string::npos);
  CHECK(text.find(fmt::format("below {} MB", html_report_bytes / 1'000'000)) != std::string::npos);
  CHECK(text.find(fmt::format("at most {} pixels", thumbnail_side)) != std::string::npos);
}

TEST_CASE("long texts lose their middle, and no character is cut apart") {
  CHECK(shortened("short", 5) == "short");
  CHECK(shortened("abcdefghij", 9) == "abc…hij");
  const std::string umlauts = "ääääääääääää";
  for (std::size_t most = 0; most < umlauts.size(); ++most) {
    const std::string text = shortened(umlauts, most);
    CAPTURE(most, text);
    CHECK(text.size() <= std::max<std::size_t>(most, 3));
    CHECK(is_utf8(text));
  }
}

TEST_CASE("Base64 is that of RFC 4648") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foob") == "Zm9vYg==");
  CHECK(base64("\xFF\xFE\xFB") == "//77");
}

TEST_CASE("an array of bounded length stops at the first element that does not fit") {
  BoundedArray array(12);
  CHECK(array.add(1));
  CHECK(array.add("<"));  // "\u003c"
  CHECK_FALSE(array.add("abcdef"));
  CHECK_FALSE(array.add(2));
  CHECK(array.text() == "[1,\"\\u003c\"]");
  CHECK(array.left_out() == 2);
  CHECK(BoundedArray(9).text() == "[]");
}

}  // namespace
}  // namespace wm
