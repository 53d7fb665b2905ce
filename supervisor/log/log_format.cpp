#include "supervisor/log/log_format.h"

#include <time.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/json/json_text.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/journal_stream.h"
#include "supervisor/text/path_json.h"

namespace wm {
namespace {

std::string source_name(const LogEvent& event) {
  return event.worker ? worker_name(*event.worker) : "supervisor";
}

JournalPriority priority_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return JournalPriority::debug;
    case LogLevel::info:
      return JournalPriority::info;
    case LogLevel::warning:
      return JournalPriority::warning;
    case LogLevel::error:
      return JournalPriority::error;
    case LogLevel::critical:
      break;
  }
  return JournalPriority::critical;
}

/// In a pattern, 0 stands for a digit and + for the sign of a time zone.
bool has_pattern(std::string_view text, std::string_view pattern) {
  const auto fits = [](char letter, char wanted) {
    if (wanted == '0') return letter >= '0' && letter <= '9';
    return letter == wanted || (wanted == '+' && letter == '-');
  };
  return text.size() >= pattern.size() &&
         std::equal(pattern.begin(), pattern.end(), text.begin(),
                    [&](char wanted, char letter) { return fits(letter, wanted); });
}

void put_fields(Json& json, const LogFields& fields) {
  json["event"] = name(fields.event);
  if (!fields.input.empty()) put_path(json, "input", fields.input);
  if (!fields.output.empty()) put_path(json, "output", fields.output);
  if (fields.kind) json["kind"] = name(*fields.kind);
  if (!fields.stage.empty()) json["stage"] = fields.stage;
  if (fields.path != JpegRoute::none) json["path"] = name(fields.path);
  if (fields.attempt != 0) json["attempt"] = fields.attempt;
  // To a tenth, as in the text.
  if (fields.elapsed_ns) json["elapsed_ms"] = std::round(static_cast<double>(*fields.elapsed_ns) / 1e5) / 10;
}

}  // namespace

std::string worker_name(WorkerIndex worker) {
  return fmt::format("worker-{:02}", number(worker) + 1);
}

bool is_log_line(std::string_view beginning) {
  for (const std::string_view time :
       {"0000-00-00 00:00:00,000 | ", R"({"time":"0000-00-00T00:00:00.000+00:00","name":")"}) {
    if (!has_pattern(beginning, time)) continue;
    const std::string_view name = beginning.substr(time.size());
    return name.starts_with("supervisor") || has_pattern(name, "worker-00");
  }
  return false;
}

void LogFormatter::refresh_second(std::int64_t second) {
  if (second == second_) return;
  second_ = second;
  const time_t when = second;
  tm local{};
  ::localtime_r(&when, &local);
  char text[32];
  date_and_time_.assign(
      text, std::strftime(text, sizeof text, format_ == LogFormat::text ? "%F %T" : "%FT%T", &local));
  zone_.assign(text, std::strftime(text, sizeof text, "%z", &local));
  zone_.insert(zone_.size() - 2, ":");  // as RFC 3339 has it
}

void LogFormatter::append(std::string& line, const LogEvent& event) {
  refresh_second(event.time_ns / 1'000'000'000);
  const int milliseconds = static_cast<int>(event.time_ns / 1'000'000 % 1000);
  if (priorities_ == Priorities::shown) line += prefix_of(priority_of(event.level));
  format_ == LogFormat::text ? append_text(line, event, milliseconds)
                             : append_json(line, event, milliseconds);
}

void LogFormatter::append_text(std::string& line, const LogEvent& event, int milliseconds) {
  fmt::memory_buffer buffer;  // a back inserter into a string costs seconds to compile
  fmt::format_to(fmt::appender(buffer), "{},{:03} | {:<10} | {:<8} | {}\n", date_and_time_, milliseconds,
                 source_name(event), name(event.level), one_line(event.message));
  line.append(buffer.data(), buffer.size());
}

void LogFormatter::append_json(std::string& line, const LogEvent& event, int milliseconds) {
  Json json;
  json["time"] = fmt::format("{}.{:03}{}", date_and_time_, milliseconds, zone_);
  json["name"] = source_name(event);
  json["level"] = name(event.level);
  json["message"] = one_line(event.message);
  if (event.fields) put_fields(json, *event.fields);
  const auto worker = event.fields && event.fields->worker ? event.fields->worker : event.worker;
  if (worker) json["worker"] = number(*worker) + 1;
  if (event.task != 0) json["task"] = event.task;
  if (event.sequence != 0) json["seq"] = event.sequence;
  line += to_text(json);
  line += '\n';
}

}  // namespace wm
