#include "supervisor/report/status_text.h"

#include <algorithm>
#include <sstream>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

JobStatus running() {
  return {.phase = JobPhase::running,
          .pid = 4711,
          .host = "render-3",
          .command = {"wm-supervisor", "\xff"},
          .started_ns = 1'000 * second_ns,
          .updated_ns = 2'000 * second_ns,
          .elapsed_s = 3731,
          .ledger = {.inputs = 100, .marked = 60, .failed = 1},
          .scan_complete = true,
          .files_per_s = 2,
          .mean_files_per_s = 1.5,
          .eta_s = 19.5,
          .input_bytes = 3 << 20,
          .output_bytes = 512,
          .output_free_bytes = std::uint64_t{5} << 40,
          .workers = {{.name = "worker-01",
                       .pid = 4712,
                       .incarnation = 2,
                       .state = "busy",
                       .stage = "encode",
                       .input = "\xff/\xc3\xa4.jpg",
                       .stage_s = 41,
                       .resident_bytes = 100 << 20},
                      {.name = "worker-02", .incarnation = 1, .state = "none"}},
          .restarts = 1,
          .crashes = 2,
          .problems = {{.input = "bad.jpg",
                        .state = FinalState::failed,
                        .failure = {FailureKind::corrupt, "is\ndamaged"},
                        .attempts = 1}}};
}

TEST_CASE("a job's state is told by the lock's holder, then by how the last run ended") {
  JobStatus status = running();
  CHECK(job_state(status, true) == JobState::running);
  CHECK(job_state(status, false) == JobState::died);
  status.phase = JobPhase::finished;
  CHECK(job_state(status, true) == JobState::running);  // the next run, which has written nothing yet
  CHECK(job_state(status, false) == JobState::stopped_early);
  status.ledger.marked = 99;
  CHECK(job_state(status, false) == JobState::finished);
  status.scan_complete = false;
  CHECK(job_state(status, false) == JobState::stopped_early);
}

TEST_CASE("a running job's text") {
  CHECK(status_text(running(), JobState::running, 2'001 * second_ns, 100) ==
        "running (pid 4711 on render-3), 1:02:11\n"
        "100 pictures: 60 marked, 1 failed, 39 to do\n"
        "2.0 pictures/s now, 1.5 on average, done in 0:20\n"
        "3.0 MiB read, 512 B written, 5.0 TiB free, 2 crashes, 1 restart\n"
        "\n"
        "worker-01      4712 100.0 MiB  encode 0:41  \\xff/\xc3\xa4.jpg\n"
        "worker-02         -         -  none\n"
        "\n"
        "The last problems:\n"
        "  bad.jpg: corrupt: is\\ndamaged\n");
  CHECK(status_text(running(), JobState::running, 2'100 * second_ns, 100).find("This is 1:40 old") !=
        std::string::npos);
}

TEST_CASE("no line is wider than the terminal, and no character is cut in two") {
  for (std::size_t columns = 1; columns < 60; ++columns) {
    std::istringstream lines(status_text(running(), JobState::running, 2'001 * second_ns, columns));
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(columns, line);
      const auto characters = std::ranges::count_if(
          line, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; });
      CHECK(characters <= static_cast<std::ptrdiff_t>(columns));
      CHECK((line.empty() || line.back() != '\xc3'));
    }
  }
}

TEST_CASE("status.json is read as it was written") {
  const TempDir dir;
  const JobDirectory job = JobDirectory::create(dir / "job");
  CHECK_FALSE(read_job_status(job));
  JobStatus written = running();
  written.exit_code = 3;
  written.reason = "the disk is full";
  write_job_status(job, written);
  const auto read = read_job_status(job);
  REQUIRE(read);
  written.command[1] = "%FF";
  written.problems[0].failure.message = "is\\ndamaged";
  CHECK(status_text(read->status, JobState::running, 2'001 * second_ns, 200) ==
        status_text(written, JobState::running, 2'001 * second_ns, 200));
  CHECK(read->status.command == written.command);
  CHECK(read->status.exit_code == 3);
  CHECK(read->status.reason == written.reason);
  CHECK(read->status.ledger == written.ledger);
  CHECK(read->status.workers[0].input == "\xff/\xc3\xa4.jpg");
  CHECK(read->status.workers[0].incarnation == 2);
  CHECK(read->status.workers[1].pid == -1);
}

}  // namespace
}  // namespace wm
