// What a report says, what it must not say, and that no damaged one does harm.

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "supervisor/crash/redaction.h"
#include "supervisor/crash/report_json.h"
#include "supervisor/crash/report_shape.h"
#include "supervisor/crash/report_text.h"
#include "tests/support/catch.h"

namespace wm::test {
namespace {

using Json = nlohmann::ordered_json;

Json frame(const std::string& function, const std::string& module) {
  Json json;
  json["pc"] = "0x1234";
  json["function"] = function.empty() ? Json(nullptr) : Json(function);
  json["line"] = nullptr;
  json["module"] = module;
  json["offset"] = "0x34";
  json["build_id"] = "0123456789abcdef";
  return json;
}

Json thread(int tid, const std::string& name, Json frames) {
  return {{"tid", tid},    {"name", name},      {"answered", true},
          {"cpu_ns", 1e6}, {"end", "complete"}, {"frames", std::move(frames)}};
}

Json analysis() {
  Json json;
  json["analyzer"] = 1;
  json["signal_name"] = "SIGSEGV";
  json["sender_pid"] = 0;
  json["address_meaning"] = "reading from 0x7f0000000000 in /home/ada/secret.jpg, which allows only \"r--p\"";
  json["stack_overflow"] = false;
  json["threads"] = {thread(70, "wm-worker", {frame("upsample", "libjpeg.so"), frame("", "libvips.so")}),
                     thread(71, "pool", {frame("wait", "libc.so")}),
                     thread(72, "pool", {frame("wait", "libc.so")}),
                     thread(73, "pool", {frame("write", "libc.so")})};
  json["map"] = {{{"path", "/usr/lib/libvips.so.42"}}};
  return json;
}

DeathFacts facts() {
  DeathFacts facts{.worker = 2, .pid = 70, .signal = 11, .words = "was killed by SIGSEGV"};
  facts.task = DeathTask{.id = 9, .attempt = 1, .input = "/home/ada/secret.jpg", .output = "secret.webp"};
  facts.stage = "decode";
  facts.log = {{.text = "marked ada/earlier-secret.jpg in 2 ms", .task = 3},
               {.text = "ada/secret.jpg: odd header, for secret.webp", .task = 9},
               {.text = "ready", .task = 0}};
  return facts;
}

Json report(bool redact = false, const Json& with = analysis(), DeathFacts of = facts()) {
  return report_json(of, {.death = with}, {},
                     {.id = "ID",
                      .command = {"wm-supervisor", "--workers", "4", "--text", "(c) Ada's secret", "-osecret",
                                  "--logo=secret.png", "secret"},
                      .job_file = "jobs/1.job",
                      .crash_directory = "/home/ada/my secret/crashes",
                      .redact_paths = redact});
}

TEST_CASE("a redacted report names nothing that the user named") {
  const Json redacted = report(true);
  CHECK(report().dump().find("earlier-secret") != std::string::npos);
  CHECK(redacted.dump().find("secret") == std::string::npos);
  CHECK(redacted.dump().find("ada") == std::string::npos);
  CHECK(report_text(redacted).find("secret") == std::string::npos);
  // What hides nobody stays.
  CHECK(redacted["command"][1] == "--workers");
  CHECK(redacted["command"][2] == "4");
  CHECK(redacted["command"][6].get<std::string>().starts_with("--logo="));
  CHECK(redacted["log"].size() == 2);
  CHECK(redacted["task"]["input"].get<std::string>().ends_with(".jpg"));
  CHECK(redacted["replay"].is_null());
}

TEST_CASE("threads of a pool that stand alike are told once, and build ids in full") {
  const std::string text = report_text(report());
  CAPTURE(text);
  CHECK(text.find("Threads 71, 72 (pool), 0.001, 0.001 s of CPU time\n") != std::string::npos);
  CHECK(text.find("Thread 73 (pool)") != std::string::npos);
  CHECK(text.find("libvips.so + 0x34 (build id 01234567…)") != std::string::npos);
  CHECK(text.find("build ids  libvips.so 0123456789abcdef\n") != std::string::npos);
}

TEST_CASE("commands in a report can be given to a shell") {
  const std::string text = report_text(report());
  CHECK(text.find("wm-supervisor replay '/home/ada/my secret/crashes/ID'\n") != std::string::npos);
  CHECK(text.find("--workers 4 --text '(c) Ada'\\''s secret' -osecret") != std::string::npos);
}

TEST_CASE("who sent a signal is told, unless it was the worker itself") {
  Json sent = analysis();
  sent["sender_pid"] = 4711;
  CHECK(report(false, sent)["summary"].get<std::string>().find(
            "SIGSEGV, sent by process 4711, at upsample") != std::string::npos);
  sent["sender_pid"] = 73;
  CHECK(report(false, sent)["summary"].get<std::string>().find("sent") == std::string::npos);
}

DeathFacts hung_facts() {
  using namespace std::chrono_literals;
  DeathFacts hung = facts();
  hung.signal = 9;
  hung.cause = DeathCause::timeout;
  hung.outside = {"look 1: thread 70"};
  hung.answered = true;
  hung.looks = 2;
  hung.hang = HangFinding{.activity = HangActivity::spinning,
                          .elapsed = 1020ms,
                          .tid = 72,
                          .thread = "pool",
                          .ran = 110ms,
                          .queued = 860ms};
  return hung;
}

Json hung_report(const DeathFacts& hung) {
  return report_json(hung, {.looks = {analysis(), analysis()}}, {}, {.id = "ID"});
}

TEST_CASE("a report on a hang says what the kernel counted, and shows the thread that spins first") {
  DeathFacts hung = hung_facts();
  Json spins = hung_report(hung);
  CHECK(spins["hang"]["verdict"] == "spinning");
  CHECK(spins["hang"]["cpu_ms_between"] == 110.0);
  CHECK(spins["hang"]["run_queue_ms_between"] == 860.0);
  CHECK(spins["hang"]["ms_between"] == 1020.0);
  CHECK(spins["hang"]["busiest_thread"] == "pool");
  CHECK(spins["hang"]["busiest_tid"] == 72);
  CHECK(spins["hang"]["outside"] == Json::array({"look 1: thread 70"}));
  CHECK(spins["summary"].get<std::string>().find("(spinning)") != std::string::npos);
  for (const Json& look : spins["hang"]["looks"]) CHECK(look["threads"][0]["tid"] == 72);
  CHECK(report_text(spins).find(
            "The worker was spinning: thread pool used 110 ms of CPU time and waited 860 ms for a CPU in the "
            "1020 ms between two looks.\n") != std::string::npos);

  hung.hang->activity = HangActivity::waiting;
  hung.hang->queued.reset();  // the kernel does not count it
  const Json waits = hung_report(hung);
  CHECK(waits["hang"]["verdict"] == "waiting");
  CHECK(waits["hang"]["run_queue_ms_between"].is_null());
  CHECK(waits["hang"]["looks"][1]["threads"][0]["tid"] == 70);
  CHECK(report_text(waits).find("The worker was waiting: thread pool used 110 ms of CPU time in the 1020 ms "
                                "between two looks.\n") != std::string::npos);

  hung.hang = HangFinding{.elapsed = std::chrono::milliseconds(1020)};  // no thread ran
  const Json sleeps = hung_report(hung);
  CHECK(sleeps["hang"]["verdict"] == "waiting");
  CHECK(sleeps["hang"]["busiest_tid"].is_null());
  CHECK(sleeps["hang"]["busiest_thread"].is_null());
  CHECK(sleeps["hang"]["cpu_ms_between"] == 0.0);
  CHECK(sleeps["hang"]["run_queue_ms_between"].is_null());
  CHECK(is_report(sleeps));
  CHECK(report_text(sleeps).find("The worker was waiting.\n") != std::string::npos);

  hung = hung_facts();
  hung.hang->activity = HangActivity::stopped;
  CHECK(hung_report(hung)["hang"]["verdict"] == "stopped by a signal");
  hung.hang->activity = HangActivity::spinning;
  hung.looks = 0;  // its cell had to be given up
  CHECK(report_json(hung, {}, {}, {.id = "ID"})["hang"]["verdict"] == "spinning");
  hung.answered = false;
  const Json silent = report_json(hung, {}, {}, {.id = "ID"});
  CHECK(silent["hang"]["verdict"] == "did not answer");
  CHECK(report_text(silent).find("The worker did not answer: thread pool used 110 ms") != std::string::npos);
}

TEST_CASE("the looks at a worker that hung may be analysed later: the verdict stays") {
  Json raw = report_json(hung_facts(), {.problem = "there was no time for it"}, {}, {.id = "ID"});
  CHECK(raw["hang"]["verdict"] == "spinning");
  CHECK(raw["hang"]["looks"].empty());
  complete_report(raw, {.looks = {analysis(), analysis()}});
  CHECK(raw["hang"]["verdict"] == "spinning");
  REQUIRE(raw["hang"]["looks"].size() == 2);
  CHECK(raw["hang"]["looks"][1]["threads"][0]["tid"] == 72);
  CHECK(is_report(raw));
}

/// Calls `use` with `json` in which each part in turn is missing or of another type.
void with_each_damage(const Json& json, const std::function<void(const Json&)>& use) {
  std::vector<Json::json_pointer> places;
  std::function<void(const Json&, const Json::json_pointer&)> collect = [&](const Json& part,
                                                                            const Json::json_pointer& at) {
    if (!part.is_structured()) return;
    for (const auto& [key, value] : part.items()) {
      const auto place = part.is_array() ? at / std::stoul(key) : at / key;
      places.push_back(place);
      collect(value, place);
    }
  };
  collect(json, Json::json_pointer());
  for (const Json::json_pointer& place : places) {
    for (const Json& other :
         {Json(nullptr), Json(-7), Json("x"), Json(true), Json::array({1}), Json::object()}) {
      Json damaged = json;
      damaged[place] = other;
      use(damaged);
    }
    Json damaged = json;
    Json& parent = damaged[place.parent_pointer()];
    if (parent.is_object()) parent.erase(place.back());
    use(damaged);
  }
}

TEST_CASE("a damaged report is refused, or does no harm") {
  const Json with_looks = hung_report(hung_facts());
  for (const Json& good : {report(), with_looks}) {
    REQUIRE(is_report(good));
    unsigned refused = 0;
    with_each_damage(good, [&](const Json& damaged) {
      if (!is_report(damaged)) {
        ++refused;
        return;
      }
      CAPTURE(damaged.dump());
      Json copy = damaged;
      CHECK_NOTHROW(report_text(copy));
      CHECK_NOTHROW(complete_report(copy, {.death = analysis(), .looks = {analysis()}}));
      CHECK_NOTHROW(report_text(copy));
    });
    CHECK(refused > 100);
  }
}

TEST_CASE("a damaged analysis is refused, or does no harm") {
  REQUIRE(is_analysis(analysis()));
  with_each_damage(analysis(), [&](const Json& damaged) {
    if (!is_analysis(damaged)) return;
    CAPTURE(damaged.dump());
    CHECK_NOTHROW(report_text(report(false, damaged)));
  });
}

}  // namespace
}  // namespace wm::test
