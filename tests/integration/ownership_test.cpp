// How a run's hold on its job ends: by a server that does not answer, by an error, by `crashes recover`.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/os/unique_fd.h"
#include "tests/support/catch.h"
#include "tests/support/disk_error.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/processes.h"
#include "tests/support/shared_job.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_until.h"

using namespace wm::test;
using wm::TempDir;
namespace fs = std::filesystem;

namespace {

ProgramResult recover(const Job& job) {
  return job.run_command({Job::supervisor(), "crashes", "recover", job.out()});
}

std::string owner_of(const Job& job) {
  return job.job_directory() + "/owner";
}

/// A run of the job that was killed while it worked.
void let_a_run_die(const Job& job) {
  job.add_pictures(2);
  (void)job.add_gated(1);
  RunningProgram run = job.start({"--worker-program", hazard_worker()});
  REQUIRE(wait_until([&] { return job.at_gate() == 1; }));
  run.send(SIGKILL);
  CHECK(run.wait().signal == SIGKILL);
  REQUIRE(wait_until([&] { return job.workers("hazard").empty(); }));
  REQUIRE(fs::exists(owner_of(job)));
}

/// Position of the last line with both words; npos when there is none.
std::size_t last_line(const std::string& lines, std::string_view call, std::string_view name) {
  std::size_t found = std::string::npos;
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', at), lines.size());
    const std::string_view line(lines.data() + at, end - at);
    if (line.find(call) != std::string_view::npos && line.find(name) != std::string_view::npos) found = at;
    at = end + 1;
  }
  return found;
}

/// Blocks its writers until it is drained.
class FullPipe {
 public:
  explicit FullPipe(std::string path) : path_(std::move(path)) {
    REQUIRE(::mkfifo(path_.c_str(), 0600) == 0);
    reader_.reset(::open(path_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
    const std::string block(4096, '\n');
    while (::write(reader_.get(), block.data(), block.size()) > 0) {
    }
  }
  [[nodiscard]] Words as_stdout_of(const Words& command) const {
    Words words{"/bin/sh", "-c", "exec \"$@\" > \"$0\"", path_};
    words.insert(words.end(), command.begin(), command.end());
    return words;
  }
  void drain() const {
    std::array<char, 4096> taken{};
    while (::read(reader_.get(), taken.data(), taken.size()) > 0) {
    }
  }

 private:
  std::string path_;
  wm::UniqueFd reader_;
};

/// The command of SharedJob::start().
Words shared_command(const SharedJob& shared) {
  Words words = shared.job.command({"--worker-program", hazard_worker(), "--output", shared.one->out()});
  words.insert(words.end(), {shared.job.in(), shared.job.gated()});
  return words;
}

ProgramOptions shared_options(const SharedJob& shared) {
  ProgramOptions options = shared.job.options();
  options.environment.emplace_back("WM_OWNER_SECOND_MS=100");
  return options;
}

}  // namespace

TEST_CASE("a supervisor whose file server does not answer ends by itself, also after SIGTERM") {
  const bool is_told_to_stop = GENERATE(false, true);
  CAPTURE(is_told_to_stop);
  const SharedJob shared;
  RunningProgram first = shared.start(*shared.one);
  REQUIRE(shared.waits_at_gate());
  shared.one->stop_server();
  if (is_told_to_stop) first.send(SIGTERM);
  CHECK(wait_until([&] { return shared.job.workers("hazard").empty(); }));
  // A call that the server has taken and not answered cannot be given up, so the process may still be there.
  (void)wait_until([&] { return first.has_ended(); }, std::chrono::seconds(20));
  shared.one->continue_server();
  const ProgramResult ended = first.wait();
  INFO(ended.err);
  CHECK(ended.exit_code == 75);
  CHECK(ended.err.find("its file server has not answered for 6 to 7 s") != std::string::npos);

  shared.job.open_gate();
  const ProgramResult second = shared.start(*shared.other).wait();
  INFO(second.err);
  CHECK(second.exit_code == 0);
  shared.check_whole();
}

TEST_CASE("a file server that answers late ends no run") {
  const SharedJob shared;
  RunningProgram run = shared.start(*shared.one);
  REQUIRE(shared.waits_at_gate());
  shared.one->stop_server();
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));  // 25 of its seconds
  shared.one->continue_server();
  // Longer than it may be silent.
  CHECK_FALSE(wait_until([&] { return run.has_ended(); }, std::chrono::seconds(9)));
  shared.job.open_gate();
  const ProgramResult ended = run.wait();
  INFO(ended.err);
  CHECK(ended.exit_code == 0);
  shared.check_whole();
}

TEST_CASE("a supervisor that hangs after it has lost its job says that, and blames no server") {
  const SharedJob shared;
  const FullPipe pipe(shared.job.directory() + "/pipe");
  RunningProgram run(pipe.as_stdout_of(shared_command(shared)), shared_options(shared));
  shared.job.open_gate();
  // After that it only says how the run ended.
  const auto has_finished = [&] {
    const auto status =
        nlohmann::json::parse(read_file(shared.job.job_directory() + "/status.json"), nullptr, false);
    return status.is_object() && status.contains("exit_code") && status["exit_code"] == 0;
  };
  REQUIRE(wait_until([&] { return has_finished() || run.has_ended(); }));
  fs::remove(owner_of(shared.job));
  const ProgramResult ended = run.wait();
  INFO(ended.err);
  CHECK(ended.exit_code == 75);
  CHECK(ended.err.find("its owner's file was removed") != std::string::npos);
  CHECK(ended.err.find("file server") == std::string::npos);
}

TEST_CASE("a supervisor that hangs after its journal is closed ends as its run did") {
  const std::string strace = "/usr/bin/strace";
  if (!fs::exists(strace)) skip("strace is missing");
  const SharedJob shared;
  // The removal of the owner's file is the last that it does.
  Words words{strace, "-qq",   "-o", shared.job.directory() + "/trace",
              "-P",   "owner", "-e", "inject=?unlink,unlinkat:delay_enter=20s"};
  const Words command = shared_command(shared);
  words.insert(words.end(), command.begin(), command.end());
  ProgramOptions options = shared_options(shared);
  options.environment.emplace_back("ASAN_OPTIONS=detect_leaks=0");  // impossible under ptrace
  shared.job.open_gate();
  const ProgramResult result = run_program(words, options);
  if (result.err.find("ptrace") != std::string::npos) skip("strace may not trace here");
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(result.err.find("gives up") == std::string::npos);
  CHECK(fs::exists(owner_of(shared.job)));
}

TEST_CASE("a worker that has written its output gives it no name while its supervisor stands still") {
  const SharedJob shared;
  TempDir kills;
  RunningProgram first =
      shared.start(*shared.one, {}, {"WM_KILL_PLAN=publish.closed#3=stop", "WM_KILL_DIR=" + kills.path()});
  const auto stopped = [&] {
    const auto workers = shared.job.workers("hazard");
    return std::ranges::any_of(workers, [](pid_t pid) { return process_state(pid) == 'T'; });
  };
  const auto published = [&] { return files_below(shared.job.out()).size(); };
  REQUIRE(wait_until([&] { return stopped() && shared.job.at_gate() == 1; }));
  const std::size_t before = published();
  REQUIRE(before == SharedJob::fast_pictures - 1);
  first.send(SIGSTOP);
  REQUIRE(wait_until([&] { return process_state(first.pid()) == 'T'; }));
  std::this_thread::sleep_for(std::chrono::seconds(10));  // more than 90 of its seconds
  for (const pid_t worker : shared.job.workers("hazard")) ::kill(worker, SIGCONT);
  CHECK_FALSE(wait_until([&] { return published() > before; }, std::chrono::seconds(1)));
  first.send(SIGCONT);
  shared.job.open_gate();
  const ProgramResult woken = first.wait();
  INFO(woken.err);
  CHECK(woken.exit_code == 0);
  shared.check_whole();
}

TEST_CASE("a run that ends by an error gives up its job after its journal is closed") {
  const std::string strace = "/usr/bin/strace";
  if (!fs::exists(strace)) skip("strace is missing");
  const Job job;
  job.add_pictures(2);
  REQUIRE(job.run().exit_code == 0);
  (void)job.add_gated(1);
  const std::string trace = job.directory() + "/trace";
  Words words{strace, "-qq",
              "-o",   trace,
              "-e",   "trace=unlink,unlinkat,?epoll_wait,epoll_pwait",
              "-e",   "inject=?epoll_wait,epoll_pwait:error=EBADF:when=20"};
  const Words command = job.command({"--worker-program", hazard_worker()});
  words.insert(words.end(), command.begin(), command.end());
  words.insert(words.end(), {job.in(), job.gated()});
  ProgramOptions options = job.options();
  options.environment.emplace_back("ASAN_OPTIONS=detect_leaks=0");  // impossible under ptrace
  const ProgramResult result = run_program(words, options);
  if (result.err.find("ptrace") != std::string::npos) skip("strace may not trace here");
  INFO(result.err);
  CHECK(result.exit_code == 3);
  const std::string calls = read_file(trace);
  INFO(calls);
  const std::size_t log_removed = last_line(calls, "unlink", "job.db-wal");
  const std::size_t owner_removed = last_line(calls, "unlink", "\"owner\"");
  REQUIRE(log_removed != std::string::npos);
  REQUIRE(owner_removed != std::string::npos);
  CHECK(log_removed < owner_removed);
}

TEST_CASE("an owner's file that cannot be read for seconds does not end the run") {
  const Job job;
  job.add_pictures(2);
  Words command = job.command();
  command.push_back(job.in());
  // 30 questions in a row are more than 2 s.
  const ProgramResult result = run_with_error(job, command, "owner", "openat:error=ESTALE:when=3..32");
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(job.report().at("marked") == 2);
}

TEST_CASE("crashes recover owns the job meanwhile, and leaves what is known of the owner before") {
  const Job job;
  let_a_run_die(job);
  fs::last_write_time(owner_of(job), fs::file_time_type::clock::now() - std::chrono::seconds(50));
  const auto touched = fs::last_write_time(owner_of(job));
  // A full pipe holds it at its last word.
  const FullPipe pipe(job.directory() + "/pipe");
  RunningProgram recovery(pipe.as_stdout_of({Job::supervisor(), "crashes", "recover", job.out()}),
                          job.options());
  const auto owner_pid = [&] {
    const auto owner = nlohmann::json::parse(read_file(owner_of(job)), nullptr, false);
    return owner.is_object() ? owner.value("pid", 0) : 0;
  };
  CHECK(wait_until([&] { return owner_pid() == recovery.pid() || recovery.has_ended(); }));
  CHECK_FALSE(recovery.has_ended());
  const ProgramResult refused = job.run();
  INFO(refused.err);
  CHECK(refused.exit_code == 75);
  CHECK(refused.err.find("(pid " + std::to_string(recovery.pid())) != std::string::npos);
  const bool ended = wait_until([&] {
    pipe.drain();
    return recovery.has_ended();
  });
  CHECK(ended);
  CHECK(recovery.wait().exit_code == 0);

  REQUIRE(fs::exists(owner_of(job)));
  CHECK((fs::last_write_time(owner_of(job)) == touched));
  job.open_gate();
  const ProgramResult next = job.run();
  INFO(next.err);
  CHECK(next.exit_code == 0);
  CHECK_FALSE(fs::exists(owner_of(job)));
}

TEST_CASE("crashes recover is refused while another machine has the job, whatever this one's clock says") {
  const Job job;
  let_a_run_die(job);
  auto owner = nlohmann::json::parse(read_file(owner_of(job)));
  owner["boot_id"] = "elsewhere";
  owner["disk"] = "";
  write_file(owner_of(job), owner.dump());
  const auto before = read_file(owner_of(job));
  fs::last_write_time(owner_of(job),
                      fs::file_time_type::clock::now() + std::chrono::minutes(GENERATE(0, 10)));
  const ProgramResult refused = recover(job);
  INFO(refused.err);
  CHECK(refused.exit_code == 75);
  CHECK(read_file(owner_of(job)) == before);
}
