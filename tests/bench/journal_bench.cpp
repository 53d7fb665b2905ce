// What a large journal costs: wm-journal-bench [ROWS] makes one with so many marked inputs and outputs in a
// temporary directory, then resumes it twice: once to the first decision, once through all of them.

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <string>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "common/os/unique_fd.h"
#include "supervisor/journal/job_journal.h"
#include "tests/support/temp_dir.h"

namespace {

namespace fs = std::filesystem;
using namespace wm;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t output_bytes = 1000;
constexpr unsigned files_per_directory = 1000;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

InputFile input(unsigned number) {
  const std::string name =
      fmt::format("folder-{:04}/picture-{:07}.jpg", number / files_per_directory, number);
  return {.path = "/data/archive/photographs/" + name,
          .shown_from = 6,
          .output = name,
          .size = 400'000,
          .mtime_ns = 1'600'000'000'000'000'000 + std::int64_t{number}};
}

RunInfo run_info(const std::string& outputs) {
  RunInfo info{.token = RunToken{1}, .command = "bench", .output_directory = outputs};
  info.recipe.marks.push_back({.source = Text{.text = "x"}});
  return info;
}

double thread_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// An output takes no room: it is all hole.
void make_output(const std::string& path) {
  const UniqueFd file(check_errno(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644), "open"));
  check_errno(::ftruncate(file.get(), output_bytes), "ftruncate");
}

/// As a run does it: `in_hand` files are admitted at first, then as many as are recorded, in one commit.
/// Returns the seconds of processor time that the journal took.
double make_job(const JobDirectory& job, const std::string& outputs, unsigned rows) {
  constexpr unsigned in_hand = 64;
  JobJournal journal(job);
  (void)journal.begin_run(run_info(outputs));
  std::deque<Assignment> admitted;
  double seconds = 0;
  for (unsigned first = 0; first < rows || !admitted.empty(); first += in_hand) {
    const unsigned end = std::min(first + in_hand, rows);
    for (unsigned i = first; i < end; i += files_per_directory - i % files_per_directory)
      fs::create_directories(fs::path(outputs + "/" + input(i).output).parent_path());
    for (const Assignment& assignment : admitted) make_output(outputs + "/" + assignment.task.output);

    const double start = thread_seconds();
    journal.begin();
    for (; !admitted.empty(); admitted.pop_front()) {
      journal.record({.task = admitted.front().task.id,
                      .state = FinalState::marked,
                      .worker = WorkerIndex{},
                      .elapsed_ns = 20'000'000,
                      .published = {.bytes = output_bytes, .route = JpegRoute::splice}});
    }
    for (unsigned i = first; i < end; ++i)
      admitted.push_back(journal.admit(input(i), SuspectsMay::run)->assignment);
    journal.commit();
    seconds += thread_seconds() - start;
  }
  journal.end_run({{.ledger = {.inputs = rows, .marked = rows}}, 0});
  return seconds;
}

void resume(const JobDirectory& job, const std::string& outputs, unsigned decisions) {
  const auto start = Clock::now();
  JobJournal journal(job);
  const double opened = seconds_since(start);
  (void)journal.begin_run(run_info(outputs));
  const double begun = seconds_since(start);
  unsigned up_to_date = 0;
  for (unsigned i = 0; i < decisions; ++i) {
    journal.begin();
    const auto admission = journal.admit(input(i), SuspectsMay::run);
    if (admission->kind == Admission::Kind::up_to_date) ++up_to_date;
    if (i % 256 == 255) journal.commit();
  }
  journal.commit();
  fmt::print("opened {:.2f} s, run begun {:.2f} s, {} decisions ({} up to date) {:.2f} s\n", opened, begun,
             decisions, up_to_date, seconds_since(start));
}

}  // namespace

int main(int argc, char* argv[]) {
  const auto rows = static_cast<unsigned>(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1'000'000UL);
  const TempDir directory;
  const std::string database = directory.path() + "/job.db";
  const std::string outputs = directory.path() + "/out";
  fs::create_directory(outputs);
  const auto job = JobDirectory::create(directory.path());
  const double made = make_job(job, outputs, rows);
  fmt::print("{} rows, {:.1f} MB, made with {:.1f} us of processor time each\n", rows,
             static_cast<double>(fs::file_size(database)) / 1e6, made * 1e6 / rows);
  resume(job, outputs, 1);
  resume(job, outputs, rows);
  return 0;
}
