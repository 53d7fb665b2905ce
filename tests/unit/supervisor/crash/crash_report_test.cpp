// What a report says, what it must not say, and that no damaged one does harm.

#include <csignal>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "supervisor/analyzer/analysis_json.h"
#include "supervisor/crash/crash_directory.h"
#include "supervisor/crash/redaction.h"
#include "supervisor/crash/report_json.h"
#include "supervisor/crash/report_maker.h"
#include "supervisor/crash/report_text.h"
#include "tests/support/catch.h"
#include "tests/support/documents.h"

namespace wm::test {
namespace {

StackFrame frame(const std::string& function, const std::string& module) {
  return {
      .pc = 0x1234, .function = function, .module = module, .offset = 0x34, .build_id = "0123456789abcdef"};
}

ThreadStack thread(int tid, const std::string& name, std::vector<StackFrame> frames) {
  return {.tid = tid, .name = name, .cpu_ns = 1'000'000, .end = "complete", .frames = std::move(frames)};
}

SnapshotAnalysis analysis() {
  return {
      .signal_name = "SIGSEGV",
      .address_meaning = "reading from 0x7f0000000000 in /home/ada/secret.jpg, which allows only \"r--p\"",
      .threads = {thread(70, "wm-worker", {frame("upsample", "libjpeg.so"), frame("", "libvips.so")}),
                  thread(71, "pool", {frame("wait", "libc.so")}),
                  thread(72, "pool", {frame("wait", "libc.so")}),
                  thread(73, "pool", {frame("write", "libc.so")})},
      .map = {{.permissions = "r-xp", .path = "/usr/lib/libvips.so.42"}}};
}

DeathFacts facts() {
  DeathFacts facts{.worker = 2, .pid = 70, .signal = 11, .words = "was killed by SIGSEGV"};
  facts.task = DeathTask{.id = 9, .attempt = 1, .input = "/home/ada/secret.jpg", .output = "secret.webp"};
  facts.stage = "decode";
  facts.log = {{.text = "marked ada/earlier-secret.jpg -> out/earlier-secret.jpg in 2 ms", .task = 3},
               {.text = "ada/secret.jpg: odd header, for secret.webp", .task = 9},
               {.text = "ready", .task = 0}};
  return facts;
}

CrashReport report(bool redact = false, const SnapshotAnalysis& with = analysis(), DeathFacts of = facts()) {
  return make_report(of, {.death = with}, {},
                     {.id = "ID",
                      .command = {"wm-supervisor", "--workers", "4", "--text", "(c) Ada's secret", "-osecret",
                                  "--logo=secret.png", "secret"},
                      .job_file = "jobs/1.job",
                      .crash_directory = "/home/ada/my secret/crashes",
                      .redact_paths = redact});
}

TEST_CASE("a redacted report names nothing that the user named") {
  const CrashReport hidden = report(true);
  const Json redacted = report_json(hidden);
  CHECK(report_json(report()).dump().find("earlier-secret") != std::string::npos);
  CHECK(redacted.dump().find("secret") == std::string::npos);
  CHECK(redacted.dump().find("ada") == std::string::npos);
  CHECK(report_text(hidden).find("secret") == std::string::npos);
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

TEST_CASE("a raw report has the whole command that finishes it, wherever it is given") {
  const auto raw = [](const std::string& problem, bool redact) {
    return make_report(
        facts(), {.problem = problem}, {},
        {.id = "ID", .crash_directory = "/home/ada/my secret/crashes", .redact_paths = redact});
  };
  const std::string command = "wm-supervisor crashes symbolise '/home/ada/my secret/crashes/ID'";
  const CrashReport kept = raw("no analyzer", false);
  CHECK(report_text(kept).find("finish this report with: " + command + "\n") != std::string::npos);
  CHECK(report_json(kept)["finish"] == command);
  CHECK(report_text(report_from(report_json(kept)).value()) == report_text(kept));

  const CrashReport hidden = raw("no analyzer", true);
  CHECK(report_json(hidden)["finish"].is_null());
  CHECK(report_text(hidden).find("crashes symbolise ID --job-dir JOB_DIR\n") != std::string::npos);

  CHECK(report_json(raw("", false))["finish"].is_null());
  CrashReport completed = kept;
  completed.complete({.death = analysis()});
  CHECK(completed.finish.empty());
}

TEST_CASE("who sent a signal is reported, unless it was the worker itself") {
  SnapshotAnalysis sent = analysis();
  sent.sender_pid = 4711;
  CHECK(report(false, sent).summary.find("SIGSEGV, sent by process 4711, at upsample") != std::string::npos);
  sent.sender_pid = 73;
  CHECK(report(false, sent).summary.find("sent") == std::string::npos);
}

DeathFacts hung_facts() {
  using namespace std::chrono_literals;
  DeathFacts hung = facts();
  hung.signal = 9;
  hung.cause = DeathCause::timeout;
  hung.outside = {"snapshot 1: thread 70"};
  hung.answered = true;
  hung.snapshots = 2;
  hung.hang = HangFinding{.activity = HangActivity::spinning,
                          .elapsed = 1020ms,
                          .tid = 72,
                          .thread = "pool",
                          .ran = 110ms,
                          .queued = 860ms};
  return hung;
}

CrashReport hung_report(const DeathFacts& hung) {
  return make_report(hung, {.snapshots = {analysis(), analysis()}}, {}, {.id = "ID"});
}

TEST_CASE("a report on a hang says what the kernel counted, and shows the thread that spins first") {
  DeathFacts hung = hung_facts();
  const CrashReport spins = hung_report(hung);
  const Json json = report_json(spins)["hang"];
  CHECK(json["verdict"] == "spinning");
  CHECK(json["cpu_ms_between"] == 110.0);
  CHECK(json["run_queue_ms_between"] == 860.0);
  CHECK(json["ms_between"] == 1020.0);
  CHECK(json["busiest_thread"] == "pool");
  CHECK(json["busiest_tid"] == 72);
  CHECK(json["outside"] == Json::array({"snapshot 1: thread 70"}));
  CHECK(json["looks"].size() == 2);
  CHECK(spins.summary.find("(spinning)") != std::string::npos);
  for (const Json& snapshot : json["looks"]) CHECK(snapshot["threads"][0]["tid"] == 72);
  CHECK(report_text(spins).find(
            "The worker was spinning: thread pool used 110 ms of CPU time and waited 860 ms for a CPU in the "
            "1020 ms between two snapshots.\n") != std::string::npos);

  hung.hang->activity = HangActivity::waiting;
  hung.hang->queued.reset();  // the kernel does not count it
  const CrashReport waits = hung_report(hung);
  CHECK(report_json(waits)["hang"]["verdict"] == "waiting");
  CHECK(report_json(waits)["hang"]["run_queue_ms_between"].is_null());
  CHECK(waits.hang->snapshots.at(1).threads.at(0).tid == 70);
  CHECK(report_text(waits).find("The worker was waiting: thread pool used 110 ms of CPU time in the 1020 ms "
                                "between two snapshots.\n") != std::string::npos);

  hung.hang = HangFinding{.elapsed = std::chrono::milliseconds(1020)};  // no thread ran
  const CrashReport sleeps = hung_report(hung);
  const Json none_ran = report_json(sleeps)["hang"];
  CHECK(none_ran["verdict"] == "waiting");
  CHECK(none_ran["busiest_tid"].is_null());
  CHECK(none_ran["busiest_thread"].is_null());
  CHECK(none_ran["cpu_ms_between"] == 0.0);
  CHECK(none_ran["run_queue_ms_between"].is_null());
  CHECK(report_text(sleeps).find("The worker was waiting.\n") != std::string::npos);

  hung = hung_facts();
  hung.hang->activity = HangActivity::stopped;
  CHECK(hung_report(hung).hang->verdict == HangVerdict::stopped);
  hung.hang->activity = HangActivity::spinning;
  hung.snapshots = 0;  // its crash record had to be given up
  CHECK(make_report(hung, {}, {}, {.id = "ID"}).hang->verdict == HangVerdict::spinning);
  hung.answered = false;
  const CrashReport silent = make_report(hung, {}, {}, {.id = "ID"});
  CHECK(report_json(silent)["hang"]["verdict"] == "did not answer");
  CHECK(report_text(silent).find("The worker did not answer: thread pool used 110 ms") != std::string::npos);
}

TEST_CASE("the snapshots at a worker that hung may be analysed later: the verdict stays") {
  const CrashReport first =
      make_report(hung_facts(), {.problem = "there was no time for it"}, {}, {.id = "ID"});
  std::optional<CrashReport> raw = report_from(report_json(first));
  REQUIRE(raw);
  CHECK(raw->raw == "there was no time for it");
  CHECK(raw->hang->verdict == HangVerdict::spinning);
  CHECK(raw->hang->snapshots.empty());
  raw->complete({.snapshots = {analysis(), analysis()}});
  CHECK(raw->raw.empty());
  CHECK(raw->hang->verdict == HangVerdict::spinning);
  REQUIRE(raw->hang->snapshots.size() == 2);
  CHECK(raw->hang->snapshots[1].threads.at(0).tid == 72);
}

TEST_CASE("a report is the same after it was written and read") {
  DeathFacts with_all = facts();
  with_all.last_output = {"free(): invalid pointer"};
  with_all.signal = SIGABRT;
  with_all.limits = {.timeout = std::chrono::milliseconds(1500), .memory = 1 << 30};
  with_all.files = {{.task = 3, .attempt = 1, .input = "/in/\xff.jpg", .result = FileResult::marked},
                    {.task = 9, .attempt = 1, .input = "/home/ada/secret.jpg"}};
  with_all.task->found = {.device = 1, .inode = 2, .size = 3, .mtime_ns = 4, .ctime_ns = 5, .owner = 6};
  for (const CrashReport& report :
       {report(), report(true), report(false, analysis(), std::move(with_all)), hung_report(hung_facts())}) {
    const Json json = report_json(report);
    const auto read = report_from(json);
    REQUIRE(read);
    CHECK(report_json(*read) == json);
    CHECK(report_text(*read) == report_text(report));
  }
}

TEST_CASE("the document has every field of a report") {
  const auto documented = names_in_table(
      section(document("docs/crash_report.md"), "## report.json, schema " + std::to_string(crash_schema)));
  std::set<std::string> fields;
  const Json json = report_json(report());
  for (const auto& [key, value] : json.items()) fields.insert(key);
  CHECK(documented == fields);
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
  for (const CrashReport& good : {report(), hung_report(hung_facts())}) {
    const Json json = report_json(good);
    REQUIRE(report_from(json));
    unsigned refused = 0;
    with_each_damage(json, [&](const Json& damaged) {
      auto read = report_from(damaged);
      if (!read) {
        ++refused;
        return;
      }
      CAPTURE(damaged.dump());
      CHECK_NOTHROW(report_text(*read));
      CHECK_NOTHROW(read->complete({.death = analysis(), .snapshots = {analysis()}}));
      CHECK_NOTHROW(report_text(*read));
    });
    CHECK(refused > 100);
  }
}

TEST_CASE("a damaged analysis is refused, or does no harm") {
  const Json json = analysis_json(analysis());
  REQUIRE(analysis_from(json));
  unsigned refused = 0;
  with_each_damage(json, [&](const Json& damaged) {
    const auto read = analysis_from(damaged);
    if (!read) {
      ++refused;
      return;
    }
    CAPTURE(damaged.dump());
    CHECK_NOTHROW(report_text(report(false, *read)));
  });
  CHECK(refused > 100);
}

}  // namespace
}  // namespace wm::test
