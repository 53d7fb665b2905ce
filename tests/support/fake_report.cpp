#include "tests/support/fake_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "supervisor/report/html/html_report.h"

namespace wm::test {
namespace {

constexpr std::array<std::pair<FailureKind, const char*>, 5> causes{{
    {FailureKind::corrupt, "the file ends before the picture does"},
    {FailureKind::unsupported, "not a picture: <script>alert(1)</script>"},
    {FailureKind::corrupt, "the file ends before the picture does"},
    {FailureKind::timeout, "took longer than 60 s"},
    {FailureKind::crash, "killed by SIGSEGV in decode"},
}};

RunFigures fake_run(std::int64_t id, std::uint64_t inputs, std::uint64_t failed) {
  RunFigures run;
  run.id = id;
  run.started = fmt::format("2026-11-2{}T08:00:00Z", id);
  run.ended = fmt::format("2026-11-2{}T09:00:00Z", id);
  run.exit_code = failed > 0 ? 1 : 0;
  run.command = "wm-supervisor -r photos -o marked --logo logo.png </script>";
  run.recipe = R"({"marks":[{"logo":"logo.png","gravity":"southeast","opacity":0.6}]})";
  run.ledger = {.inputs = inputs, .marked = inputs - failed, .failed = failed};
  run.elapsed_s = 3600;
  run.workers = 8;
  run.restarts = 4;
  run.crashes = 2;
  run.retries = 12;
  constexpr int samples = 1500;
  for (int i = 0; i <= samples; ++i) {
    RunSample sample;
    sample.elapsed_s = 3600.0 * i / samples;
    // Slower in the middle.
    const double share = (i + 40 * std::sin(i / 60.0) * (i < samples ? 1 : 0)) / samples;
    const auto part = [&](std::uint64_t whole) {
      return static_cast<std::uint64_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(whole));
    };
    sample.ledger = {.inputs = inputs, .marked = part(inputs - failed), .failed = part(failed)};
    sample.restarts = static_cast<std::uint64_t>(i) / 400;
    sample.resident_bytes = (std::uint64_t{600} << 20) + static_cast<std::uint64_t>(i % 97) * 1'000'000;
    run.samples.push_back(sample);
  }
  return run;
}

/// Spread around `middle` as durations and sizes are.
void fill(LatencyHistogram& histogram, double middle, std::uint64_t count) {
  constexpr int steps = 200;
  for (int i = 1; i < steps; ++i) {
    const double deviation = std::log(static_cast<double>(i) / (steps - i)) / 2.5;
    const auto value = static_cast<std::uint64_t>(middle * std::exp(deviation));
    const std::uint64_t number = std::max<std::uint64_t>(1, count / steps);
    histogram.add({.from = value, .count = number, .total = value * number});
  }
}

}  // namespace

std::vector<std::string> hostile_names() {
  return {"</script><script>alert(1)</script>.jpg",
          "\"><img src=x onerror=alert(1)>.jpg",
          "<!--<script>.jpg",
          "line\nbreak\xE2\x80\xA8.jpg",
          std::string("turned\xE2") + "\x80\xAEgpj.exe",
          "not\xFFutf8.jpg",
          "{{script}}&lt;&#60;.jpg",
          std::string(4000, '<') + ".jpg"};
}

std::vector<std::byte> tiny_jpeg(std::size_t comment) {
  constexpr std::string_view hex =
      "ffd8ffdb0043001b12141714111b1716171e1c1b2028422b28252528513a3d3042605565645f555d5b6a7899816a7190735b5d"
      "85b5"
      "86909ea3abadab6780bcc9baa6c799a8aba4ffc0000b080010001801011100ffc4001400010000000000000000000000000000"
      "00"
      "00ffc40014100100000000000000000000000000000000ffda0008010100003f00000fffd9";
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  if (comment == 0) return bytes;
  const std::size_t length = comment + 2;
  std::vector<std::byte> segment{std::byte{0xFF}, std::byte{0xFE}, static_cast<std::byte>(length >> 8U),
                                 static_cast<std::byte>(length & 0xFFU)};
  for (std::size_t i = 0; i < comment; ++i) segment.push_back(static_cast<std::byte>(i * i % 251));
  bytes.insert(bytes.begin() + 2, segment.begin(), segment.end());  // after the start marker
  return bytes;
}

JobReport fake_report(std::uint64_t inputs, std::uint64_t problems) {
  JobReport report;
  report.job_directory = "/srv/photos/marked/.wm-supervisor";
  report.output_directory = "/srv/photos/marked";
  report.made_ns = 1'795'000'000'000'000'000;
  report.end = JobEnd::finished;
  const std::uint64_t quarantined = problems / 5;
  report.ledger = {.inputs = inputs,
                   .marked = inputs - problems,
                   .failed = problems - quarantined,
                   .quarantined = quarantined};
  report.runs = {fake_run(1, inputs / 4, 0), fake_run(2, inputs / 4, 0),
                 fake_run(3, inputs - inputs / 2, problems)};
  report.runs[0].ended.reset();
  report.runs[1].exit_code = 130;
  report.runs[1].reason = "stopped by SIGINT";
  report.input_bytes = inputs * 4'100'000;
  report.output_bytes = inputs * 4'180'000;
  const std::uint64_t marked = report.ledger.marked;
  constexpr std::array<double, stage_count> stage_ms{6, 0.9, 4, 0.3};
  for (std::size_t i = 0; i < stage_count; ++i) fill(report.stages[i], stage_ms[i] * 1e6, marked);
  fill(report.picture_times, 12e6, marked);
  fill(report.input_sizes, 4.1e6, marked);
  fill(report.output_sizes, 4.2e6, marked);
  report.jpeg_routes = {0, marked * 8 / 10, marked / 10, marked / 20};
  report.jpeg_reasons = {{"12 bits per sample", marked / 30}, {"arithmetic <coding>", marked / 60}};
  const auto names = hostile_names();
  for (std::uint64_t i = 0; i < problems; ++i) {
    const auto& [kind, message] = causes[i % causes.size()];
    ++report.kinds[static_cast<std::size_t>(kind)];
    if (report.problems.size() == html_report_limits.problems) {
      ++report.problems_left_out;
      continue;
    }
    const bool is_crash = kind == FailureKind::crash;
    report.problems.push_back(
        {.input = i < names.size() ? names[i] : fmt::format("photos/2026/{:03}/DSC_{:05}.JPG", i % 300, i),
         .state = is_crash ? FinalState::quarantined : FinalState::failed,
         .failure = {.kind = kind, .message = message},
         .attempts = is_crash ? 2U : 1U,
         .crash = is_crash ? "20261124T134700Z-W02-SIGSEGV-ef31e3b8" : ""});
  }
  for (const std::size_t cause : {0U, 1U, 3U, 4U}) {
    const auto& [kind, message] = causes[cause];
    const std::uint64_t count = problems / causes.size() * (cause == 0 ? 2 : 1);
    if (count > 0) report.problem_groups.push_back({.kind = kind, .message = message, .count = count});
  }
  for (auto* const list : {&report.sampled, &report.slowest, &report.largest}) {
    for (std::size_t i = 0; i < html_report_limits.pictures; ++i) {
      const std::string name = i == 0 ? names[0] : fmt::format("DSC_{:05}.JPG", i);
      list->push_back({.input = "/srv/photos/in/" + name,
                       .shown_from = 12,
                       .output = "/srv/photos/marked/" + name,
                       .input_size = 4'100'000,
                       .output_size = 4'180'000,
                       .elapsed_ns = 12'000'000 * (i + 1)});
    }
  }
  return report;
}

Gallery fake_gallery(const JobReport& report) {
  constexpr std::size_t length = 25'000;  // a photograph of 480x320 at quality 82
  Gallery gallery;
  const auto place = [&](const std::vector<ReportPicture>& pictures) {
    std::vector<GalleryPicture> placed;
    for (const ReportPicture& picture : pictures) {
      const std::size_t next = gallery.thumbnails.size();
      gallery.thumbnails.push_back({.jpeg = tiny_jpeg(length), .problem = {}});
      gallery.thumbnails.push_back(next == 0 ? Thumbnail{.jpeg = {}, .problem = "the file is no longer there"}
                                             : Thumbnail{.jpeg = tiny_jpeg(length), .problem = {}});
      placed.push_back({.picture = picture, .before = next, .after = next + 1});
    }
    return placed;
  };
  gallery.sampled = place(report.sampled);
  gallery.slowest = place(report.slowest);
  gallery.largest = place(report.largest);
  return gallery;
}

std::string fake_link(const std::string& crash) {
  return "./crashes/" + crash + "/report.txt";
}

}  // namespace wm::test
