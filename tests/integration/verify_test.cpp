// --verify against an encoder that is broken: a library in front of the real ones changes what it is given.

#include <exception>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/sample_pictures.h"
#include "tests/support/skip.h"

namespace wm::test {
namespace {

ProgramResult run_with_broken_encoder(const Job& job, const Words& extra, const Words& environment = {}) {
  ProgramOptions options = job.options();
  options.environment.insert(options.environment.end(), environment.begin(), environment.end());
  options.environment.push_back(std::string("LD_PRELOAD=") + WM_FAULTY_ENCODER);
  Words words = job.command(extra);
  words.push_back(job.in());
  return run_program(words, options);
}

void write_inputs(const Job& job) {
  write_file(job.in("a.png"), sample_picture(64, 48, ".png"));
  write_file(job.in("b.jpg"), sample_picture(64, 64, ".jpg[Q=90]"));
}

const Words through_pixels{"--jpeg-path", "pixel", "--retries", "0"};

/// "" where libheif has no encoder for it.
std::string heic_picture() {
  try {
    return sample_picture(64, 48, ".heic");
  } catch (const std::exception& error) {
    skip_part(error.what());
    return {};
  }
}

Words with(Words words, const std::string& word) {
  words.push_back(word);
  return words;
}

}  // namespace

TEST_CASE("an output that is not what was meant is withdrawn, and the failure says so") {
  const Job job;
  write_inputs(job);
  const ProgramResult result = run_with_broken_encoder(job, with(through_pixels, "--verify"));
  CAPTURE(result.err);
  CHECK(result.exit_code == 1);
  CHECK(ledger_fault(job, result) == "");
  const auto report = job.report();
  CHECK(report["failed"] == 2);
  REQUIRE(report["problems"].size() == 2);
  for (const auto& problem : report["problems"]) {
    CAPTURE(problem.dump());
    CHECK(problem["kind"] == "write_error");
    CHECK(problem["status"] == "failed");
    CHECK(problem["message"].get<std::string>().find("not as it was meant") != std::string::npos);
  }
  CHECK(files_below(job.out()).empty());
  CHECK(temporary_files_below(job.out()).empty());
}

TEST_CASE("what a library prints into a buffer of its own is in the log when the worker has ended") {
  const Job job;
  write_inputs(job);
  (void)run_with_broken_encoder(job, through_pixels);
  const std::string log = read_file(job.log_file());
  CAPTURE(log);
  CHECK(log.find("this encoder is broken") != std::string::npos);
}

TEST_CASE("at the end of a job a worker has time to say what it has to say") {
  const Job job;
  job.add_picture("lingering.jpg");
  const ProgramResult result = job.run({"--workers", "1", "--worker-program", hazard_worker()});
  CHECK(result.exit_code == 0);
  const std::string log = read_file(job.log_file());
  CAPTURE(log);
  CHECK(log.find("| worker-01  | WARNING  | the decoder says: farewell\n") != std::string::npos);
}

TEST_CASE("a library that crashes when it is ended is no crash") {
  const Job job;
  write_inputs(job);
  const ProgramResult result = run_with_broken_encoder(job, with(through_pixels, "--recycle=1"));
  CAPTURE(result.err);
  CHECK(result.exit_code == 0);
  CHECK(job.report()["marked"] == 2);
  CHECK(job.report()["restarts"] == 0);
  const std::string log = read_file(job.log_file());
  CAPTURE(log);
  CHECK(log.find("SIGABRT") == std::string::npos);
}

TEST_CASE("a JPEG that was marked in place is verified as well") {
  const Job job;
  write_file(job.in("c.jpg"), sample_picture(128, 128, ".jpg[Q=90,interlace]"));
  const Words in_place{"--jpeg-path", "dct", "--retries", "0"};
  REQUIRE(run_with_broken_encoder(job, in_place).exit_code == 0);
  REQUIRE(job.report()["marked"] == 1);
  Words again = with(in_place, "--verify");
  again.insert(again.end(), {"--overwrite", "all"});
  CHECK(run_with_broken_encoder(job, again).exit_code == 1);
  REQUIRE(job.report()["problems"].size() == 1);
  CHECK(job.report()["problems"][0]["kind"] == "write_error");
  CHECK(job.run(again).exit_code == 0);
}

TEST_CASE("an unsound file is never published, also without --verify") {
  const Job job;
  write_file(job.in("a.png"), sample_picture(64, 48, ".png"));
  write_file(job.in("b.gif"), sample_picture(64, 48, ".gif[bitdepth=4]"));
  std::vector<std::string> names{"a.png", "b.gif"};
  if (const std::string heic = heic_picture(); !heic.empty()) {
    write_file(job.in("c.heic"), heic);
    names.emplace_back("c.heic");
  }
  const Words options{"--retries", "0", "--ext", "png,gif,heic"};
  REQUIRE(job.run(options).exit_code == 0);
  std::vector<std::string> files;
  for (const std::string& name : names) files.push_back(read_file(job.out(name)));
  Words again = options;
  again.insert(again.end(), {"--overwrite", "all", "--opacity", "0.9"});
  const ProgramResult result = run_with_broken_encoder(job, again, {"WM_UNSOUND=1"});
  CAPTURE(result.err);
  CHECK(result.exit_code == 1);
  REQUIRE(job.report()["problems"].size() == names.size());
  std::set<std::string> faults;
  const auto report = job.report();
  for (const auto& problem : report["problems"]) {
    CAPTURE(problem.dump());
    CHECK(problem["kind"] == "write_error");
    const auto message = problem["message"].get<std::string>();
    CHECK(message.find("the encoder wrote an unsound") != std::string::npos);
    for (const char* const fault :
         {"fewer pixels than its header says", "a block ends beyond the file", "a unit beyond its end"}) {
      if (message.find(fault) != std::string::npos) faults.insert(fault);
    }
  }
  CHECK(faults.size() == names.size());
  for (std::size_t i = 0; i < names.size(); ++i) CHECK(read_file(job.out(names[i])) == files[i]);
  CHECK(temporary_files_below(job.out()).empty());
}

TEST_CASE("an older output outlives one that does not verify") {
  const Job job;
  write_inputs(job);
  REQUIRE(job.run(through_pixels).exit_code == 0);
  const std::string png = read_file(job.out("a.png"));
  const std::string jpeg = read_file(job.out("b.jpg"));
  Words again = with(through_pixels, "--verify");
  again.insert(again.end(), {"--overwrite", "all", "--opacity", "0.9"});
  CHECK(run_with_broken_encoder(job, again).exit_code == 1);
  CHECK(read_file(job.out("a.png")) == png);
  CHECK(read_file(job.out("b.jpg")) == jpeg);
}

TEST_CASE("without verification nobody notices the broken encoder") {
  // Which shows that the tests above look at what they mean to look at.
  const Job job;
  write_inputs(job);
  CHECK(run_with_broken_encoder(job, through_pixels).exit_code == 0);
  const Pixels before = decoded(read_file(job.in("a.png")));
  const Pixels after = decoded(read_file(job.out("a.png")));
  CHECK(before.samples.back() != after.samples.back());
}

}  // namespace wm::test
