// A folder is marked, and marked again: pixels, files, ledger.

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <set>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/journal_rows.h"
#include "tests/support/sample_pictures.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

bool in_mark(int x, int y, int margin = 0) {
  return x >= mark_left - margin && x < mark_left + mark_width + margin && y >= mark_top - margin &&
         y < mark_top + mark_height + margin;
}

struct Difference {
  double worst = 0, mean = 0;
};

Difference difference(const Pixels& a, const Pixels& b, const std::function<bool(int, int)>& where) {
  REQUIRE(std::tie(a.width, a.height, a.bands) == std::tie(b.width, b.height, b.bands));
  Difference result;
  std::size_t count = 0;
  for (int y = 0; y < a.height; ++y) {
    for (int x = 0; x < a.width; ++x) {
      if (!where(x, y)) continue;
      for (int band = 0; band < a.bands; ++band, ++count) {
        const double apart = std::abs(a.at(x, y, band) - b.at(x, y, band));
        result.worst = std::max(result.worst, apart);
        result.mean += apart;
      }
    }
  }
  result.mean /= static_cast<double>(std::max<std::size_t>(count, 1));
  return result;
}

/// Source-over by the book, without rounding in between: the logo's one colour over `picture`.
Pixels with_mark(Pixels picture, double logo_alpha = 1) {
  const double colour[] = {200, 40, 90};
  const double alpha = mark_opacity * logo_alpha;
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      if (!in_mark(x, y)) continue;
      auto* const pixel = &picture.samples[picture.index(x, y)];
      const double below = picture.bands == 4 ? pixel[3] / 255.0 : 1.0;
      const double result = alpha + below * (1 - alpha);
      for (int band = 0; band < 3; ++band) {
        const double sum = colour[band] * alpha + pixel[band] * below * (1 - alpha);
        pixel[band] = static_cast<std::uint8_t>(std::lround(sum / result));
      }
      if (picture.bands == 4) pixel[3] = static_cast<std::uint8_t>(std::lround(255 * result));
    }
  }
  return picture;
}

const auto everywhere = [](int, int) { return true; };

TEST_CASE("a folder is marked and every account of it says the same") {
  const Job job;
  for (unsigned i = 0; i < 12; ++i) job.add_picture("p" + std::to_string(i) + ".jpg", i);
  write_file(job.in("broken.jpg"), "this is no picture");
  write_file(job.in("notes.txt"), "and this does not claim to be one");
  const ProgramResult result = job.run();

  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK(ledger_fault(job, result) == "");
  const json report = job.report();
  CHECK(report.at("inputs") == 13);
  CHECK(report.at("marked") == 12);
  CHECK(report.at("failed") == 1);
  CHECK(report.at("ignored") == 1);
  CHECK(files_below(job.out()).size() == 12);
  CHECK(temporary_files_below(job.out()).empty());
  CHECK(journal_number(job.job_directory(),
                       "SELECT count(*) FROM file WHERE state = 'marked' AND attempts = 1") == 12);
}

TEST_CASE("report.json has every field of schema 1 with a sane value") {
  const Job job;
  for (unsigned i = 0; i < 8; ++i) job.add_picture("p" + std::to_string(i) + ".jpg", i);
  write_file(job.in("broken.png"), "\x89PNG\r\n\x1a\nand no more");
  const ProgramResult result = job.run();
  const json report = job.report();

  CHECK(report.at("schema") == 1);
  CHECK(report.at("command").at(1) == "--workers");
  CHECK(std::regex_match(report.at("started").get<std::string>(),
                         std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d))")));
  CHECK(report.at("workers") == 2);
  CHECK(report.at("restarts") == 0);
  CHECK(report.at("retries") == 0);
  CHECK(report.at("pending") == 0);
  CHECK(report.at("up_to_date") == 0);
  CHECK(report.at("quarantined") == 0);
  CHECK(report.at("log_records").at("dropped") == 0);
  CHECK(report.at("log_records").at("written") == job.log().size());
  const double total = report.at("elapsed_s");
  CHECK(total > 0);
  CHECK(total <= result.elapsed.count());
  double phases = 0;
  for (const char* const phase : {"startup", "dispatch", "collect", "shutdown"}) {
    const double seconds = report.at("phases_s").at(phase);
    CHECK(seconds >= 0);
    phases += seconds;
  }
  CHECK(report.at("phases_s").at("total") == Approx(total));
  CHECK(phases == Approx(total).margin(0.02));
  for (const char* const name : {"decode", "compose", "encode", "publish"}) {
    const json& stage = report.at("stages").at(name);
    INFO(name << " " << stage);
    CHECK(stage.at("count").get<int>() >= 8);
    CHECK(stage.at("total_s").get<double>() > 0);
    CHECK(stage.at("mean_s").get<double>() ==
          Approx(stage.at("total_s").get<double>() / stage.at("count").get<double>()));
    CHECK(stage.at("p50_s") <= stage.at("p95_s"));
    CHECK(stage.at("p95_s") <= stage.at("p99_s"));
    CHECK(stage.at("p99_s").get<double>() <= total);
  }
  CHECK(report.at("throughput_files_per_s").get<double>() > 0);
  REQUIRE(report.at("problems").size() == 1);
  const json& problem = report.at("problems").at(0);
  CHECK(problem.at("input").get<std::string>().ends_with("broken.png"));
  CHECK(problem.at("status") == "failed");
  CHECK(problem.at("kind") == "corrupt");
  CHECK(problem.at("message").get<std::string>().size() > 5);
  CHECK(problem.at("attempts") == 1);
  CHECK(problem.at("crash").is_null());
}

TEST_CASE("a PNG is blended exactly in the mark's box and not touched outside") {
  const Job job;
  const Pixels rgb = sample_pixels(90, 60, 3);
  Pixels rgba = sample_pixels(90, 60, 4, 3);
  for (std::size_t i = 3; i < rgba.samples.size(); i += 4)
    rgba.samples[i] = static_cast<std::uint8_t>(i % 251);
  write_file(job.in("rgb.png"), encoded(rgb, ".png"));
  write_file(job.in("rgba.png"), encoded(rgba, ".png"));
  REQUIRE(job.run().exit_code == 0);

  const auto outside = [](int x, int y) { return !in_mark(x, y); };
  const Pixels out_rgb = decoded(read_file(job.out("rgb.png")));
  CHECK(difference(out_rgb, rgb, outside).worst == 0);
  CHECK(difference(out_rgb, with_mark(rgb), everywhere).worst <= 1);
  const Pixels out_rgba = decoded(read_file(job.out("rgba.png")));
  CHECK(difference(out_rgba, rgba, outside).worst == 0);
  CHECK(difference(out_rgba, with_mark(rgba), everywhere).worst <= 1);
}

TEST_CASE("a logo's own alpha and its opacity are multiplied") {
  const Job job;
  Pixels logo{mark_width, mark_height, 4, {}};
  for (int i = 0; i < mark_width * mark_height; ++i)
    logo.samples.insert(logo.samples.end(), {200, 40, 90, 102});
  write_file(job.logo(), encoded(logo, ".png"));
  const Pixels picture = sample_pixels(90, 60, 3);
  write_file(job.in("rgb.png"), encoded(picture, ".png"));
  REQUIRE(job.run().exit_code == 0);
  const Pixels out = decoded(read_file(job.out("rgb.png")));
  CHECK(difference(out, with_mark(picture, 102 / 255.0), everywhere).worst <= 1);
}

TEST_CASE("a JPEG differs outside of the mark's box by what encoding it again costs") {
  const Job job;
  const std::string options = GENERATE(".jpg[Q=90]", ".jpg[Q=75]", ".jpg[Q=92,subsample_mode=off]");
  const std::string bytes = encoded(sample_pixels(160, 120, 3), options);
  write_file(job.in("a.jpg"), bytes);
  REQUIRE(job.run().exit_code == 0);

  const Pixels before = decoded(bytes);
  const Pixels after = decoded(read_file(job.out("a.jpg")));
  // Chroma is shared between neighbours, and a decoder smooths it: two MCUs around the mark belong to it.
  const auto outside = [](int x, int y) { return !in_mark(x, y, 32); };
  const Difference costs = difference(before, decoded(encoded(before, options)), outside);
  const Difference real = difference(before, after, outside);
  INFO(options << ": mean " << real.mean << " of " << costs.mean << ", worst " << real.worst << " of "
               << costs.worst);
  CHECK(real.mean <= costs.mean * 1.1 + 0.1);
  CHECK(real.worst <= costs.worst * 1.5 + 2);
  const auto inside = [](int x, int y) { return in_mark(x, y, -2); };
  const Difference blend = difference(with_mark(before), after, inside);
  const Difference blend_costs =
      difference(with_mark(before), decoded(encoded(with_mark(before), options)), inside);
  INFO("inside: mean " << blend.mean << " of " << blend_costs.mean);
  CHECK(blend.mean <= blend_costs.mean * 1.2 + 0.5);
}

TEST_CASE("a JPEG that no mark touches is copied byte for byte on request") {
  const Job job;
  job.add_picture("a.jpg");
  const ProgramResult result =
      job.run({"--offset", "5000,5000", "--if-unmarked", "copy", "--jpeg-path", "dct", "--verify"});
  CAPTURE(result.err);
  CHECK(result.exit_code == 0);
  CHECK(job.report().at("unmarked") == 1);
  CHECK(read_file(job.out("a.jpg")) == read_file(job.in("a.jpg")));
}

TEST_CASE("outputs have the umask's mode, and with --keep-dates the input's time") {
  const Job job;
  job.add_picture("a.jpg");
  const timespec long_ago[2] = {{1'000'000'000, 0}, {1'000'000'000, 123'456'000}};
  REQUIRE(::utimensat(AT_FDCWD, job.in("a.jpg").c_str(), long_ago, 0) == 0);
  const bool keep = GENERATE(true, false);
  Words words = job.command();
  if (keep) words.emplace_back("--keep-dates");
  words.push_back(job.in());
  ProgramOptions options;
  options.umask = 027;
  REQUIRE(job.run_command(words, options).exit_code == 0);

  struct ::stat status {};
  REQUIRE(::stat(job.out("a.jpg").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0640);
  CHECK((status.st_mtim.tv_sec == 1'000'000'000) == keep);
  if (keep) CHECK(status.st_mtim.tv_nsec == 123'456'000);
}

/// What a second run does with each output.
class SecondRun {
 public:
  SecondRun() {
    for (unsigned i = 0; i < 5; ++i) job_.add_picture("p" + std::to_string(i) + ".jpg", i);
    REQUIRE(job_.run().exit_code == 0);
    remember();
  }
  const Job& job() { return job_; }
  void remember() {
    for (const std::string& name : files_below(job_.out())) before_[name] = identity_of(job_.out(name));
  }
  /// Names of the outputs that are not the ones remembered.
  std::set<std::string> made_again() {
    std::set<std::string> names;
    for (const auto& [name, identity] : before_) {
      if (identity_of(job_.out(name)) != identity) names.insert(name);
    }
    return names;
  }

 private:
  Job job_;
  std::map<std::string, FileIdentity> before_;
};

TEST_CASE("a second run touches no output that is up to date") {
  SecondRun second;
  const ProgramResult result = second.job().run();
  CHECK(result.exit_code == 0);
  CHECK(second.job().report().at("up_to_date") == 5);
  CHECK(ledger_fault(second.job(), result) == "");
  CHECK(second.made_again().empty());
}

TEST_CASE("a changed input, a deleted output and a cut output are made again, the others not") {
  SecondRun second;
  const Job& job = second.job();
  job.add_picture("p1.jpg", 77);
  fs::remove(job.out("p2.jpg"));
  fs::resize_file(job.out("p3.jpg"), 10);
  const ProgramResult result = job.run();
  CHECK(result.exit_code == 0);
  CHECK(job.report().at("marked") == 3);
  CHECK(job.report().at("up_to_date") == 2);
  CHECK(second.made_again() == std::set<std::string>{"p1.jpg", "p2.jpg", "p3.jpg"});
  CHECK(is_whole_picture(read_file(job.out("p3.jpg"))));
}

TEST_CASE("an output that was shortened by an editor is not replaced") {
  SecondRun second;
  const Job& job = second.job();
  fs::resize_file(job.out("p3.jpg"), 0);
  write_file(job.out("p3.jpg"), "edited");
  CHECK(job.run().exit_code == 1);
  CHECK(job.report()["problems"][0]["kind"] == "exists");
  CHECK(read_file(job.out("p3.jpg")) == "edited");
}

TEST_CASE("another recipe or another logo marks everything again") {
  SecondRun second;
  const Job& job = second.job();
  SECTION("recipe") {
    CHECK(job.run({"--opacity", "0.25"}).exit_code == 0);
  }
  SECTION("the logo's bytes") {
    write_file(job.logo(), sample_picture(20, 20, ".png", 5));
    CHECK(job.run().exit_code == 0);
  }
  CHECK(job.report().at("marked") == 5);
  CHECK(second.made_again().size() == 5);
}

TEST_CASE("how many workers there are and how they log is no part of the recipe") {
  SecondRun second;
  CHECK(second.job().run({"--workers", "3", "--log-level", "debug", "--retries", "4"}).exit_code == 0);
  CHECK(second.job().report().at("up_to_date") == 5);
  CHECK(second.made_again().empty());
}

TEST_CASE("failed inputs are tried again by the next run") {
  const Job job;
  job.add_picture("good.jpg");
  write_file(job.in("bad.jpg"), "not yet a picture");
  CHECK(job.run().exit_code == 1);
  CHECK(job.run().exit_code == 1);
  CHECK(job.report().at("failed") == 1);
  CHECK(job.report().at("up_to_date") == 1);
  job.add_picture("bad.jpg");
  const ProgramResult result = job.run();
  CHECK(result.exit_code == 0);
  CHECK(job.report().at("marked") == 1);
  CHECK(ledger_fault(job, result) == "");
}

TEST_CASE("--overwrite never keeps what exists, --overwrite all makes everything again") {
  SecondRun second;
  const Job& job = second.job();
  job.add_picture("p1.jpg", 77);
  fs::remove(job.out("p2.jpg"));
  SECTION("never") {
    CHECK(job.run({"--overwrite", "never"}).exit_code == 0);
    CHECK(job.report().at("marked") == 1);
    CHECK(second.made_again() == std::set<std::string>{"p2.jpg"});
  }
  SECTION("never, in an output directory that no job knows") {
    fs::remove_all(job.job_directory());
    CHECK(job.run({"--overwrite", "never"}).exit_code == 0);
    CHECK(job.report().at("marked") == 1);
    CHECK(second.made_again() == std::set<std::string>{"p2.jpg"});
  }
  SECTION("all") {
    CHECK(job.run({"--overwrite", "all"}).exit_code == 0);
    CHECK(job.report().at("marked") == 5);
    CHECK(second.made_again().size() == 5);
  }
}

TEST_CASE("a broken, a cut and an oversized picture fail with their kind and leave no output") {
  const Job job;
  const std::string whole = sample_picture(200, 150, ".jpg");
  job.add_picture("good.jpg");
  write_file(job.in("cut.jpg"), whole.substr(0, whole.size() / 2));
  write_file(job.in("empty.jpg"), "");
  write_file(job.in("text.jpg"), "hello, I am a text");
  write_file(job.in("large.png"), sample_picture(300, 200, ".png"));
  const ProgramResult result = job.run({"--max-pixels", "50000"});
  CHECK(result.exit_code == 1);
  std::map<std::string, std::string> kinds;
  const json report = job.report();
  for (const json& problem : report.at("problems")) {
    kinds[fs::path(problem.at("input").get<std::string>()).filename()] = problem.at("kind");
  }
  CHECK(kinds == std::map<std::string, std::string>{{"cut.jpg", "corrupt"},
                                                    {"empty.jpg", "corrupt"},
                                                    {"large.png", "too_large"},
                                                    {"text.jpg", "unsupported"}});
  CHECK(files_below(job.out()) == std::vector<std::string>{"good.jpg"});
  CHECK(ledger_fault(job, result) == "");
}

TEST_CASE("--halt stops the job with exit code 3 and the next run goes on") {
  const Job job;
  job.add_pictures(40);
  for (int i = 0; i < 5; ++i) write_file(job.in("bad-" + std::to_string(i) + ".jpg"), "no");
  const std::string when = GENERATE("now,fail=1", "soon,fail=2");
  const ProgramResult result = job.run({"--halt", when});
  CHECK(result.exit_code == 3);
  CHECK(result.err.find("--halt") != std::string::npos);
  CHECK(ledger_fault(job, result) == "");
  const ProgramResult next = job.run();
  CHECK(next.exit_code == 1);
  CHECK(ledger_fault(job, next) == "");
  CHECK(temporary_files_below(job.out()).empty());
  CHECK(job.report().at("inputs") == 45);
  CHECK(job.report().at("failed") == 5);
}

TEST_CASE("--recycle replaces workers without losing a file") {
  const Job job;
  job.add_pictures(30, 640, 480);
  const ProgramResult result = job.run({"--recycle", "4", "--log-level", "debug", "--jpeg-path", "pixel"});
  CHECK(result.exit_code == 0);
  CHECK(job.report().at("marked") == 30);
  CHECK(job.report().at("restarts") == 0);
}

TEST_CASE("--recycle replaces a worker after so many files") {
  const Job job;
  const auto names = job.add_pictures(8);
  const std::string list = job.directory() + "/list";
  REQUIRE(::mkfifo(list.c_str(), 0600) == 0);
  RunningProgram program(
      job.command({"--recycle", "4", "--workers", "1", "--log-level", "debug", "--files-from", list}),
      job.options());
  std::ofstream feed(list);
  const auto count = [&](const std::string& words) {
    const std::string log = read_file(job.log_file());
    std::size_t found = 0;
    for (std::size_t at = log.find(words); at != std::string::npos; at = log.find(words, at + 1)) ++found;
    return found;
  };
  // One file at a time: otherwise a worker on a busy machine begins more before it is asked to retire.
  for (std::size_t i = 0; i < names.size(); ++i) {
    feed << job.in(names[i]) << std::endl;
    CHECK(wait_until([&] { return count("| marked ") == i + 1; }));
    CHECK(wait_until([&] { return count("| ready, pid ") >= 1 + (i + 1) / 4; }));
  }
  feed.close();
  CHECK(program.wait().exit_code == 0);
  CHECK(job.report().at("marked") == 8);
  CHECK(job.report().at("restarts") == 0);
  std::string order;
  for (const LogLine& line : job.log()) {
    if (line.is_final()) order += 'm';
    if (line.message.starts_with("ready, pid ")) order += 'r';
  }
  CHECK(order == "rmmmmrmmmmr");
}

}  // namespace
}  // namespace wm::test
