#include "supervisor/log/log_format.h"

#include <time.h>

#include <cstdlib>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"
#include "tests/support/documents.h"

namespace wm::test {
namespace {

/// Local time is that of `zone` as long as this lives. One thread.
class TimeZone {
 public:
  explicit TimeZone(const char* zone) {
    ::setenv("TZ", zone, 1);  // NOLINT(concurrency-mt-unsafe)
    ::tzset();
  }
  ~TimeZone() {
    ::unsetenv("TZ");  // NOLINT(concurrency-mt-unsafe)
    ::tzset();
  }
  TimeZone(const TimeZone&) = delete;
  TimeZone& operator=(const TimeZone&) = delete;
};

std::string formatted(const LogEvent& event, LogFormat format,
                      LogFormatter::Priorities priorities = LogFormatter::Priorities::none) {
  std::string line;
  LogFormatter(format, priorities).append(line, event);
  return line;
}

/// With every field that there is.
LogEvent full_event() {
  LogFields fields{.event = LoggedEvent::failed,
                   .input = "in/\xff.jpg",
                   .output = "out/a.jpg",
                   .kind = FailureKind::corrupt,
                   .stage = name(Stage::decode),
                   .path = JpegRoute::splice,
                   .attempt = 2,
                   .elapsed_ns = 24'440'000};
  return {.time_ns = 1'790'000'000'123'000'000,
          .worker = WorkerIndex{2},
          .level = LogLevel::error,
          .message = "failed",
          .sequence = 9,
          .task = 17,
          .fields = std::make_shared<const LogFields>(std::move(fields))};
}

TEST_CASE("times in JSON are those of RFC 3339, with milliseconds and the offset") {
  const auto time = [](const char* zone) {
    const TimeZone local(zone);
    return nlohmann::json::parse(formatted(full_event(), LogFormat::json)).at("time").get<std::string>();
  };
  CHECK(time("UTC0") == "2026-09-21T14:13:20.123+00:00");
  CHECK(time("XXX-1") == "2026-09-21T15:13:20.123+01:00");
  CHECK(time("XXX4:30") == "2026-09-21T09:43:20.123-04:30");
}

TEST_CASE("a line of JSON has the fields of its event, and no others") {
  const auto json = nlohmann::json::parse(formatted(full_event(), LogFormat::json));
  CHECK(json.at("name") == "worker-03");
  CHECK(json.at("level") == "ERROR");
  CHECK(json.at("event") == "failed");
  CHECK(json.at("input") == "in/%FF.jpg");
  CHECK(json.at("input_encoding") == "percent");
  CHECK(json.at("output") == "out/a.jpg");
  CHECK_FALSE(json.contains("output_encoding"));
  CHECK(json.at("kind") == "corrupt");
  CHECK(json.at("stage") == "decode");
  CHECK(json.at("path") == "splice");
  CHECK(json.at("attempt") == 2);
  CHECK(json.at("elapsed_ms") == 24.4);
  CHECK(json.at("worker") == 3);
  CHECK(json.at("task") == 17);
  CHECK(json.at("seq") == 9);
  const auto plain = nlohmann::json::parse(
      formatted({.time_ns = 1, .worker = {}, .level = LogLevel::info, .message = "x"}, LogFormat::json));
  CHECK(plain.size() == 4);
}

TEST_CASE("the fields of an event do not change its line of text") {
  LogEvent event = full_event();
  const std::string line = formatted(event, LogFormat::text);
  CHECK(line.ends_with(" | worker-03  | ERROR    | failed\n"));
  event.fields.reset();
  CHECK(formatted(event, LogFormat::text) == line);
}

TEST_CASE("the journal's priority comes before the line") {
  LogEvent event = full_event();
  const auto beginning = [&](LogLevel level, LogFormat format) {
    event.level = level;
    return formatted(event, format, LogFormatter::Priorities::shown).substr(0, 4);
  };
  CHECK(beginning(LogLevel::critical, LogFormat::text) == "<2>2");
  CHECK(beginning(LogLevel::error, LogFormat::text) == "<3>2");
  CHECK(beginning(LogLevel::warning, LogFormat::text) == "<4>2");
  CHECK(beginning(LogLevel::info, LogFormat::json) == "<6>{");
  CHECK(beginning(LogLevel::debug, LogFormat::json) == "<7>{");
}

TEST_CASE("the document lists every field and event of the JSON log") {
  const std::string text = section(document("docs/monitoring.md"), "## The JSON log");
  std::set<std::string> fields;
  const auto json = nlohmann::json::parse(formatted(full_event(), LogFormat::json));
  for (const auto& [key, value] : json.items()) fields.insert(key);
  fields.insert("output_encoding");
  CHECK(names_in_table(text) == fields);
  const std::set<std::string> events(logged_event_names.begin(), logged_event_names.end());
  CHECK(names_in_table(section(text, "### Events")) == events);
}

}  // namespace
}  // namespace wm::test
