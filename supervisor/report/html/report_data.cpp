#include "supervisor/report/html/report_data.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <sstream>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "supervisor/report/html/script_json.h"
#include "supervisor/report/merged/merged_words.h"
#include "supervisor/report/report_words.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/utc_time.h"

namespace wm {
namespace {

// Bytes of the page that each part may take. What the rest takes is bounded by its nature: histograms some
// 80 KB, style and script another 80 KB.
constexpr std::size_t thumbnail_share = 2'600'000;
constexpr std::size_t problem_share = 1'100'000;
constexpr std::size_t sample_share = 500'000;
constexpr std::size_t run_share = 250'000;
constexpr std::size_t picture_share = 150'000;
constexpr std::size_t group_share = 60'000;
constexpr std::size_t shard_share = 150'000;
constexpr std::size_t reason_share = 30'000;

constexpr std::size_t longest_text = 300;
constexpr std::size_t longest_command = 2000;
constexpr std::size_t longest_recipe = 4000;
constexpr std::size_t most_samples = 1000;  // of a run: more than columns of pixels in a plot

std::string text_of(std::string_view bytes, std::size_t most = longest_text) {
  return shortened(one_line(bytes), most);
}

std::string path_of(std::string_view bytes) {
  return shortened(shown_path(bytes), longest_text);
}

/// To four significant digits; 0 for what is no number.
double rounded(double value) {
  if (!std::isfinite(value) || value == 0) return 0;
  const double unit = std::pow(10, std::floor(std::log10(std::abs(value))) - 3);
  return std::round(value / unit) * unit;
}

double to_thousandths(double value) {
  return std::isfinite(value) ? std::round(value * 1000) / 1000 : 0;
}

using Range = std::pair<double, double>;  // from, and below

/// The quarter of a power of two in which a value lies: fine enough for a plot.
Range quarter_of(std::uint64_t value) {
  if (value < 4) return {static_cast<double>(value), static_cast<double>(value + 1)};
  const int shift = static_cast<int>(std::bit_width(value)) - 3;
  const auto first = static_cast<double>(value >> shift);
  return {std::ldexp(first, shift), std::ldexp(first + 1, shift)};
}

Json histogram_json(std::string_view id, std::string_view name, const LatencyHistogram& histogram,
                    double unit) {
  std::map<Range, std::uint64_t> quarters;
  histogram.for_each_bucket(
      [&](const LatencyHistogram::Bucket& bucket) { quarters[quarter_of(bucket.from)] += bucket.count; });
  Json bins = Json::array();
  for (const auto& [range, count] : quarters)
    bins.push_back({rounded(range.first * unit), rounded(range.second * unit), count});
  const auto quantile = [&](double fraction) { return rounded(histogram.quantile(fraction) * unit); };
  return {{"id", id},
          {"name", name},
          {"count", histogram.count()},
          {"total", rounded(static_cast<double>(histogram.total()) * unit)},
          {"p50", quantile(0.5)},
          {"p95", quantile(0.95)},
          {"p99", quantile(0.99)},
          {"bins", std::move(bins)}};
}

/// Those with a time after the one before, thinned out evenly; the first and the last stay.
Json samples_json(const std::vector<RunSample>& samples) {
  std::vector<const RunSample*> ascending;
  for (const RunSample& sample : samples) {
    const bool is_later = ascending.empty() || sample.elapsed_s > ascending.back()->elapsed_s;
    if (std::isfinite(sample.elapsed_s) && is_later) ascending.push_back(&sample);
  }
  const std::size_t count = std::min(ascending.size(), most_samples);
  Json json = Json::array();
  for (std::size_t i = 0; i < count; ++i) {
    const RunSample& sample = *ascending[count < 2 ? 0 : i * (ascending.size() - 1) / (count - 1)];
    json.push_back({to_thousandths(sample.elapsed_s), sample.done(), sample.failed(), sample.restarts,
                    sample.resident_bytes});
  }
  return json;
}

/// Laid out in lines if it is the JSON that it should be.
std::string recipe_text(const std::string& recipe) {
  const Json json = json_from_text(recipe.substr(0, longest_recipe));
  if (json.is_discarded() || recipe.size() > longest_recipe) return text_of(recipe, longest_recipe);
  std::istringstream lines(to_text(json, 2, InvalidUtf8::replace));
  std::string text;
  for (std::string line; std::getline(lines, line);) text += one_line(line) + "\n";
  return shortened(std::move(text), 2 * longest_recipe);
}

Json ledger_json(const Ledger& ledger) {
  return {{"inputs", ledger.inputs},  {"marked", ledger.marked},           {"unmarked", ledger.unmarked},
          {"failed", ledger.failed},  {"quarantined", ledger.quarantined}, {"up_to_date", ledger.up_to_date},
          {"ignored", ledger.ignored}};
}

Json run_json(const RunFigures& run, bool with_samples) {
  Json json = ledger_json(run.ledger);
  json["id"] = run.id;
  json["started"] = text_of(run.started);
  json["ended"] = run.ended.has_value();
  json["exit_code"] = run.exit_code;
  json["reason"] = text_of(run.reason);
  json["command"] = text_of(run.command, longest_command);
  json["recipe"] = recipe_text(run.recipe);
  json["elapsed_s"] = to_thousandths(std::max(0.0, run.elapsed_s));
  json["workers"] = run.workers;
  json["restarts"] = run.restarts;
  json["retries"] = run.retries;
  json["crashes"] = run.crashes;
  json["unreadable_directories"] = run.unreadable_directories;
  json["damaged"] = run.damaged;
  json["links_not_followed"] = run.links_not_followed;
  json["samples"] = with_samples ? samples_json(run.samples) : Json::array();
  return json;
}

/// The latest run first. Runs of long ago lose their plots first, then they are only counted.
BoundedArray runs_array(const JobReport& job) {
  BoundedArray runs(run_share + sample_share);
  std::size_t samples_left = sample_share;
  for (std::size_t left = job.runs.size(); left > 0; --left) {
    const RunFigures& run = job.runs[left - 1];
    const std::size_t size = script_text(samples_json(run.samples)).size();
    const bool fits = size <= samples_left;
    if (fits) samples_left -= size;
    runs.add(run_json(run, fits));
  }
  return runs;
}

Json problem_row(const Problem& problem, const HtmlReport& report) {
  Json crash = 0;
  Json link = 0;
  if (!problem.crash.empty()) {
    crash = text_of(problem.crash);
    const std::string there = report.crash_link ? report.crash_link(problem.crash) : std::string();
    if (!there.empty()) link = there;
  }
  return {path_of(problem.input),
          static_cast<unsigned>(problem.failure.kind),
          problem.state == FinalState::quarantined ? 1 : 0,
          text_of(problem.failure.message),
          problem.attempts,
          std::move(crash),
          std::move(link)};
}

/// Thumbnails as text, and for each of the gallery its position among them or the reason for having none.
struct ThumbnailData {
  BoundedArray texts{thumbnail_share};
  std::vector<Json> places;
};

ThumbnailData thumbnail_data(const Gallery& gallery) {
  ThumbnailData data;
  std::size_t next = 0;
  for (const auto& [jpeg, problem] : gallery.thumbnails) {
    if (jpeg.empty()) {
      data.places.emplace_back(text_of(problem));
      continue;
    }
    const std::string text = '"' + base64({reinterpret_cast<const char*>(jpeg.data()), jpeg.size()}) + '"';
    // One that is too long does not keep shorter ones out.
    if (data.texts.fits(text.size()) && data.texts.add_text(text)) {
      data.places.emplace_back(next++);
    } else {
      data.places.emplace_back("left out, or this report would become too long");
    }
  }
  return data;
}

std::string pictures_text(const std::vector<GalleryPicture>& pictures, const std::vector<Json>& places) {
  BoundedArray array(picture_share / 3);
  for (const auto& [picture, before, after] : pictures) {
    const std::size_t from = std::min(picture.shown_from, picture.input.size());
    array.add({{"input", path_of(std::string_view(picture.input).substr(from))},
               {"input_size", picture.input_size},
               {"output_size", picture.output_size},
               {"seconds", rounded(static_cast<double>(picture.elapsed_ns) / 1e9)},
               {"before", places.at(before)},
               {"after", places.at(after)}});
  }
  return array.text();
}

/// What is between the braces of an object.
std::string members(const Json& json) {
  const std::string text = script_text(json);
  return text.substr(1, text.size() - 2);
}

/// The slowest first.
std::vector<const MergedShard*> finished_shards(const MergedReport& merged) {
  std::vector<const MergedShard*> shards;
  for (const MergedShard& shard : merged.shards) {
    if (shard.state == ShardState::finished) shards.push_back(&shard);
  }
  std::ranges::stable_sort(shards, std::ranges::greater{}, &MergedShard::elapsed_s);
  return shards;
}

/// Those that have not finished come first. `[index, state, reason, runs, seconds, inputs, done, failed]`
/// each; null without shards.
std::string shards_text(const MergedReport* merged) {
  if (merged == nullptr) return "null";
  BoundedArray rows(shard_share);
  double seconds = 0;
  const auto add = [&](const MergedShard& shard) {
    const Ledger& ledger = shard.ledger;
    seconds += shard.elapsed_s;
    rows.add({shard.index, static_cast<unsigned>(shard.state), text_of(shard.reason), shard.runs,
              rounded(shard.elapsed_s), ledger.inputs, ledger.marked + ledger.unmarked,
              ledger.failed + ledger.quarantined});
  };
  for_each_shard(*merged, [&](const MergedShard& shard) {
    if (shard.state != ShardState::finished) add(shard);
  });
  for (const MergedShard* const shard : finished_shards(*merged)) add(*shard);
  const Json head{{"count", merged->job.shards},
                  {"states", shard_state_names},
                  {"counts", state_counts(*merged)},
                  {"seconds", rounded(seconds)},
                  {"left_out", rows.left_out()}};
  return fmt::format(R"({{{},"rows":{}}})", members(head), rows.text());
}

/// All that needs no bound of its own.
Json head_json(const HtmlReport& report) {
  const JobReport& job = report.job;
  Json json;
  json["version"] = report.version;
  json["made"] = utc_time(job.made_ns);
  json["directory"] = path_of(job.job_directory);
  json["output"] = path_of(job.output_directory);
  json["running"] = job.end == JobEnd::running;
  json["since"] = job.since ? Json(*job.since) : Json(nullptr);
  json["ledger"] = ledger_json(job.ledger);
  json["ledger"]["pending"] = job.ledger.pending();
  json["input_bytes"] = job.input_bytes;
  json["output_bytes"] = job.output_bytes;
  json["times"] = Json::array();
  for (std::size_t i = 0; i < stage_count; ++i)
    json["times"].push_back(histogram_json(stage_names[i], stage_names[i], job.stages[i], 1e-9));
  json["times"].push_back(histogram_json("picture", "all stages", job.picture_times, 1e-9));
  json["sizes"] = {histogram_json("before", "inputs", job.input_sizes, 1),
                   histogram_json("after", "outputs", job.output_sizes, 1)};
  json["routes"] = Json::array();
  for (std::size_t i = 1; i < jpeg_route_count; ++i)
    json["routes"].push_back({jpeg_route_names[i], job.jpeg_routes[i]});
  json["kinds"] = failure_kind_names;
  json["steps"] = Json::array();
  for (const NextStep& step : report.merged != nullptr ? next_steps(*report.merged) : next_steps(job)) {
    // A command that was cut would be another one.
    const bool is_whole = step.command.size() <= longest_command;
    json["steps"].push_back({one_line(step.why), is_whole ? one_line(step.command) : std::string()});
  }
  return json;
}

BoundedArray reasons_array(const JobReport& job) {
  std::vector<std::pair<std::string, std::uint64_t>> reasons(job.jpeg_reasons.begin(),
                                                             job.jpeg_reasons.end());
  std::ranges::stable_sort(reasons, std::ranges::greater{}, &std::pair<std::string, std::uint64_t>::second);
  BoundedArray array(reason_share);
  for (const auto& [reason, count] : reasons) array.add({text_of(reason), count});
  return array;
}

}  // namespace

std::string shortened(std::string text, std::size_t most) {
  constexpr std::string_view gap = "…";
  if (text.size() <= most) return text;
  const auto begins_character = [&](std::size_t at) {
    return at == 0 || at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
  };
  const std::size_t kept = most - std::min(most, gap.size());
  std::size_t head = kept / 2;
  while (!begins_character(head)) --head;
  std::size_t tail = text.size() - kept / 2;
  while (!begins_character(tail)) ++tail;
  return text.substr(0, head) + std::string(gap) + text.substr(tail);
}

std::string report_data(const HtmlReport& report) {
  const JobReport& job = report.job;
  const BoundedArray runs = runs_array(job);
  const BoundedArray reasons = reasons_array(job);
  BoundedArray groups(group_share);
  std::uint64_t ungrouped = job.ungrouped_problems;
  for (const ProblemGroup& group : job.problem_groups) {
    const bool fits = groups.add({{"kind", static_cast<unsigned>(group.kind)},
                                  {"message", text_of(group.message)},
                                  {"count", group.count}});
    if (!fits) ungrouped += group.count;
  }
  BoundedArray problems(problem_share);
  for (const Problem& problem : job.problems) problems.add(problem_row(problem, report));
  const ThumbnailData thumbnails = thumbnail_data(report.gallery);
  const Json counts{{"runs_left_out", job.runs_left_out + runs.left_out()},
                    {"reasons_left_out", reasons.left_out()},
                    {"ungrouped", ungrouped},
                    {"problems_left_out", job.problems_left_out + problems.left_out()}};
  return fmt::format(
      R"({{{},{},"shards":{},"runs":{},"reasons":{},"groups":{},"problems":{},"thumbnails":{},"gallery":{{"sampled":{},"slowest":{},"largest":{}}}}})",
      members(head_json(report)), members(counts), shards_text(report.merged), runs.text(), reasons.text(),
      groups.text(), problems.text(), thumbnails.texts.text(),
      pictures_text(report.gallery.sampled, thumbnails.places),
      pictures_text(report.gallery.slowest, thumbnails.places),
      pictures_text(report.gallery.largest, thumbnails.places));
}

}  // namespace wm
