// --metrics-file: what it contains during a job and after it, and whether the programs that it is made for
// understand it: promtool, and a node_exporter that serves it. Debian has them in the packages prometheus and
// prometheus-node-exporter.

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "common/os/unique_fd.h"
#include "tests/support/catch.h"
#include "tests/support/crash_reports.h"
#include "tests/support/documents.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/skip.h"
#include "tests/support/source_directory.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// Ends the test case if there is no such program.
std::string program(const std::string& name, const std::string& package) {
  for (const std::string directory : {"/usr/bin", "/usr/local/bin"}) {
    if (::access((directory + "/" + name).c_str(), X_OK) == 0) return directory + "/" + name;
  }
  skip(name + " is not installed: scripts/setup.sh --monitoring (package " + package + ")");
}

/// The samples of wm_supervisor by name and labels; the value of "job" is left out.
std::map<std::string, double> samples(const std::string& text) {
  std::map<std::string, double> values;
  static const std::regex sample(R"((wm_supervisor_[a-z_]+)\{job="(?:[^"\\]|\\.)*",?(.*)\} (\S+))");
  std::istringstream lines(text);
  std::smatch parts;
  for (std::string line; std::getline(lines, line);) {
    if (!std::regex_match(line, parts, sample)) continue;
    values[parts[1].str() + "{" + parts[2].str() + "}"] = std::stod(parts[3]);
  }
  return values;
}

std::set<std::string> names_in(const std::string& text) {
  std::set<std::string> names;
  static const std::regex name("wm_supervisor_[a-z_]+");
  for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at) {
    std::string found = at->str();
    for (const char* const suffix : {"_bucket", "_sum", "_count"}) {
      if (found.ends_with(suffix)) found.resize(found.size() - std::string(suffix).size());
    }
    names.insert(found);
  }
  return names;
}

/// Three marked pictures and a broken one.
std::string metrics_of_a_job(const Job& job) {
  job.add_pictures(3);
  write_file(job.in("broken.jpg"), "\xff\xd8\xff no picture");
  const std::string file = job.directory() + "/textfile/job.prom";
  fs::create_directory(job.directory() + "/textfile");
  const ProgramResult result = job.run({"--metrics-file", file});
  CAPTURE(result.err);
  CHECK(result.exit_code == 1);
  return read_file(file);
}

TEST_CASE("at its end a job's metrics are those of its report") {
  const Job job;
  const std::string text = metrics_of_a_job(job);
  CAPTURE(text);
  const auto values = samples(text);
  const auto value = [&](const std::string& name) { return values.at("wm_supervisor_" + name); };
  const auto report = job.report();
  CHECK(value(R"(pictures_total{result="marked"})") == report["marked"]);
  CHECK(value(R"(pictures_total{result="failed"})") == 1);
  CHECK(value(R"(failures_total{kind="corrupt"})") == 1);
  CHECK(value(R"(failures_total{kind="crash"})") == 0);
  CHECK(value("input_bytes_total{}") == report["input_bytes"]);
  CHECK(value("output_bytes_total{}") == report["output_bytes"]);
  CHECK(value("log_records_written_total{}") == report["log_records"]["written"]);
  CHECK(value("pictures_pending{}") == 0);
  CHECK(value("scan_complete{}") == 1);
  CHECK(value(R"(phase{phase="finished"})") == 1);
  CHECK(value(R"(phase{phase="running"})") == 0);
  CHECK(value("exit_code{}") == 1);
  CHECK(value("last_success_timestamp_seconds{}") == 0);
  CHECK(value("output_free_bytes{}") > 0);
  for (const char* const stage : {"decode", "compose", "encode", "publish"}) {
    const std::string label = std::string("stage=\"") + stage + "\"";
    CHECK(value("stage_duration_seconds_count{" + label + "}") == report["stages"][stage]["count"]);
    CHECK(value("stage_duration_seconds_bucket{" + label + ",le=\"+Inf\"}") ==
          report["stages"][stage]["count"]);
  }
  CHECK(text.find("{job=\"" + job.job_directory() + "\"") != std::string::npos);
  const std::set<std::string> listed =
      names_in_table(section(document("docs/monitoring.md"), "### The metrics"));
  for (const std::string& name : names_in(text)) {
    CAPTURE(name);
    CHECK(listed.contains(name));
  }
}

TEST_CASE("the time of the last success outlives runs that do not succeed") {
  const Job job;
  job.add_pictures(1);
  const std::string file = job.directory() + "/job.prom";
  CHECK(job.run({"--metrics-file", file}).exit_code == 0);
  const double began = samples(read_file(file)).at("wm_supervisor_first_start_time_seconds{}");
  const double first = samples(read_file(file)).at("wm_supervisor_last_success_timestamp_seconds{}");
  CHECK(began > 1.7e9);
  CHECK(first > 1.7e9);
  write_file(job.in("broken.jpg"), "no");
  CHECK(job.run({"--metrics-file", file}).exit_code == 1);
  const auto values = samples(read_file(file));
  CHECK(values.at("wm_supervisor_exit_code{}") == 1);
  CHECK(values.at("wm_supervisor_first_start_time_seconds{}") == began);
  // The journal has whole seconds, and its run ended just before the metrics were written.
  const double second = values.at("wm_supervisor_last_success_timestamp_seconds{}");
  CHECK(second > 1.7e9);
  CHECK(second <= first);
}

TEST_CASE("a first run that ends before it has begun has its metrics") {
  const Job job;
  job.add_pictures(1);
  const std::string file = job.directory() + "/job.prom";
  CHECK(job.run({"--metrics-file", file, "--worker-program", "/bin/false"}).exit_code == 3);
  const auto values = samples(read_file(file));
  CHECK(values.at("wm_supervisor_exit_code{}") == 3);
  CHECK(values.at(R"(wm_supervisor_phase{phase="finished"})") == 1);
  CHECK(values.at("wm_supervisor_first_start_time_seconds{}") > 1.7e9);
  CHECK(values.at("wm_supervisor_last_success_timestamp_seconds{}") == 0);
}

TEST_CASE("a running job has its metrics from the beginning") {
  const Job job;
  job.add_pictures(1);
  job.add_gated(2);
  const std::string file = job.directory() + "/job.prom";
  RunningProgram running =
      job.start(with_hazard_worker({"--workers", "2", "--retries", "0", "--metrics-file", file}));
  REQUIRE(wait_until([&] { return !read_file(file).empty(); }, patience));
  const auto values = samples(read_file(file));
  CHECK(values.at(R"(wm_supervisor_phase{phase="finished"})") == 0);
  CHECK(values.at("wm_supervisor_start_time_seconds{}") > 1.7e9);
  CHECK_FALSE(values.contains("wm_supervisor_exit_code{}"));
  job.open_gate();
  CHECK(running.wait().exit_code == 0);
  CHECK(samples(read_file(file)).at("wm_supervisor_exit_code{}") == 0);
}

TEST_CASE("metrics that cannot be written cost one warning and nothing else") {
  const Job job;
  job.add_gated(2);
  const std::string directory = job.directory() + "/textfile";
  fs::create_directory(directory);
  RunningProgram running =
      job.start(with_hazard_worker({"--workers", "2", "--metrics-file", directory + "/job.prom"}));
  REQUIRE(wait_until([&] { return fs::exists(directory + "/job.prom"); }, patience));
  fs::remove_all(directory);
  job.open_gate();
  const ProgramResult result = running.wait();
  CHECK(result.exit_code == 0);
  CHECK(result.err.find("job.prom are not up to date: ") != std::string::npos);
}

TEST_CASE("a file that holds something else is not replaced, and nothing is touched") {
  const Job job;
  job.add_pictures(1);
  const std::string photo = job.directory() + "/photo.prom";
  write_file(photo, "\xff\xd8\xff mine");
  write_file(job.in("empty.jpg"), "");
  const std::string log = job.directory() + "/log.prom";
  const std::string link = job.directory() + "/link.prom";
  write_file(log, "");
  fs::create_hard_link(log, link);
  const auto refusal = [&](const std::string& file, const Words& more = {}) {
    Words words{"--metrics-file", file};
    words.insert(words.end(), more.begin(), more.end());
    const ProgramResult result = job.run(words);
    CHECK(result.exit_code == 2);
    CHECK_FALSE(fs::exists(job.job_directory() + "/job.db"));
    return result.err;
  };
  CHECK(refusal(photo).find("photo.prom: exists and holds something else than metrics") != std::string::npos);
  CHECK(refusal(job.in("empty.jpg")).find("empty.jpg: does not end in .prom") != std::string::npos);
  CHECK(refusal(log, {"--log-file", log}).find("log.prom is the log") != std::string::npos);
  CHECK(refusal(link, {"--log-file", log}).find("link.prom is the log") != std::string::npos);
  CHECK(read_file(photo) == "\xff\xd8\xff mine");
  CHECK_FALSE(fs::exists(job.out()));
  fs::create_directories(job.job_directory());
  CHECK(refusal(job.job_directory() + "/job.prom").find("lies in the job directory") != std::string::npos);
}

TEST_CASE("two jobs cannot have the same file of metrics") {
  const Job job;
  const std::string text = metrics_of_a_job(job);
  const Job other;
  other.add_pictures(1);
  const std::string file = job.directory() + "/textfile/job.prom";
  const ProgramResult result = other.run({"--metrics-file", file});
  CHECK(result.exit_code == 2);
  CHECK(result.err.find("job.prom: holds the metrics of another job") != std::string::npos);
  CHECK(read_file(file) == text);
}

TEST_CASE("a shard's metrics name the whole job and the shard, and no other shard replaces them") {
  const Job job;
  job.add_pictures(4);
  const std::string file = job.directory() + "/shard.prom";
  REQUIRE(job.run({"--shard", "1/2", "--metrics-file", file}).exit_code == 0);
  const std::string text = read_file(file);
  CHECK(text.find("{job=\"" + job.job_directory() + "\",shard=\"1\"") != std::string::npos);
  CHECK(samples(text).at(R"(wm_supervisor_shards{shard="1"})") == 2);
  const ProgramResult result = job.run({"--shard", "2/2", "--metrics-file", file});
  CHECK(result.exit_code == 2);
  CHECK(result.err.find("holds the metrics of another job or shard") != std::string::npos);
  CHECK(read_file(file) == text);
  const ProgramResult inside =
      job.run({"--shard", "2/2", "--metrics-file", job.job_directory() + "/shard.prom"});
  CHECK(inside.exit_code == 2);
  CHECK(inside.err.find("lies in the job directory") != std::string::npos);
}

TEST_CASE("promtool finds nothing to complain about") {
  const std::string promtool = program("promtool", "prometheus");
  const Job job;
  const std::string text = metrics_of_a_job(job);
  ProgramOptions options;
  options.standard_input = text;
  const ProgramResult result = run_program({promtool, "check", "metrics"}, options);
  CAPTURE(text, result.out, result.err);
  CHECK(result.exit_code == 0);
  CHECK(result.out.empty());
  CHECK(result.err.empty());
}

/// What an HTTP server on this machine answers; "" when it cannot be reached.
std::string get(std::uint16_t port, const std::string& path) {
  const UniqueFd connection(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return "";
  const std::string request = "GET " + path + " HTTP/1.0\r\nHost: localhost\r\n\r\n";
  if (::write(connection.get(), request.data(), request.size()) < 0) return "";
  std::string answer;
  std::array<char, 4096> bytes{};
  for (ssize_t got = 0; (got = ::read(connection.get(), bytes.data(), bytes.size())) > 0;)
    answer.append(bytes.data(), static_cast<std::size_t>(got));
  return answer;
}

/// The port in "Listening on ... address=127.0.0.1:43511"; 0 until it is printed.
std::uint16_t port_in(const std::string& log) {
  static const std::regex listening(R"(Listening on\S* +address=(?:127\.0\.0\.1|\[::\]):(\d+))");
  std::smatch parts;
  return std::regex_search(log, parts, listening) ? static_cast<std::uint16_t>(std::stoul(parts[1])) : 0;
}

TEST_CASE("node_exporter serves the metrics") {
  const std::string exporter = program("prometheus-node-exporter", "prometheus-node-exporter");
  const Job job;
  const auto written = samples(metrics_of_a_job(job));
  const std::string log = job.directory() + "/exporter.log";
  const RunningProgram running(
      {"/bin/sh", "-c",
       R"(exec "$0" --collector.disable-defaults --collector.textfile )"
       R"(--collector.textfile.directory="$1" --web.listen-address=127.0.0.1:0 2>"$2")",
       exporter, job.directory() + "/textfile", log});
  std::string answer;
  const auto serves = [&] {
    const std::uint16_t port = port_in(read_file(log));
    if (port != 0) answer = get(port, "/metrics");
    return answer.find("node_textfile_scrape_error") != std::string::npos;
  };
  const bool served = wait_until(serves, patience, 50ms);
  CAPTURE(read_file(log), answer);
  REQUIRE(served);
  CHECK(answer.find("\nnode_textfile_scrape_error 0\n") != std::string::npos);
  CHECK(answer.find("node_textfile_mtime_seconds{file=\"" + job.directory() + "/textfile/job.prom\"}") !=
        std::string::npos);
  CHECK(samples(answer) == written);
}

TEST_CASE("the example rules are rules, and do what they say") {
  const std::string promtool = program("promtool", "prometheus");
  ProgramOptions options;
  options.directory = source_directory() + "/scripts/monitoring";
  for (const Words& words : {Words{promtool, "check", "rules", "wm-supervisor.rules.yml"},
                             Words{promtool, "test", "rules", "wm-supervisor.rules.test.yml"}}) {
    const ProgramResult result = run_program(words, options);
    CAPTURE(result.out, result.err);
    CHECK(result.exit_code == 0);
  }
}

/// All strings below a member of this name.
void collect(const nlohmann::json& object, const std::string& key, std::string& found) {
  for (const auto& [name, value] : object.items()) {
    if (value.is_structured()) collect(value, key, found);
    if (name == key && value.is_string()) found += value.get<std::string>() + "\n";
  }
}

TEST_CASE("rules and dashboard ask only for metrics that there are") {
  const std::set<std::string> listed =
      names_in_table(section(document("docs/monitoring.md"), "### The metrics"));
  const auto dashboard = nlohmann::json::parse(document("scripts/monitoring/wm-supervisor.dashboard.json"));
  std::string queries;
  collect(dashboard, "expr", queries);
  collect(dashboard, "query", queries);
  CHECK(dashboard.at("panels").size() > 10);
  for (const std::string& text : {queries, document("scripts/monitoring/wm-supervisor.rules.yml")}) {
    const std::set<std::string> names = names_in(text);
    CHECK(names.size() > 5);
    for (const std::string& name : names) {
      CAPTURE(name);
      CHECK(listed.contains(name));
    }
  }
}

}  // namespace
}  // namespace wm::test
