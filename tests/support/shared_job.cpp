#include "tests/support/shared_job.h"

#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/journal_rows.h"
#include "tests/support/processes.h"
#include "tests/support/skip.h"
#include "tests/support/small_disk.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

/// Why two mounts cannot be had here; "" when they can.
const std::string& obstacle() {
  static const std::string why = [] {
#ifndef WM_KILL_POINTS
    return std::string("built without kill points, so an owner is waited for 120 s");
#endif
    if (std::system("command -v bindfs > /dev/null") != 0) return std::string("bindfs is not installed");
    if (::access("/dev/fuse", R_OK | W_OK) != 0) return std::string("/dev/fuse cannot be opened");
    return enter_own_mounts();
  }();
  return why;
}

dev_t device(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_dev : 0;
}

}  // namespace

JobMount::JobMount(const Job& job)
    : server_({"/usr/bin/env", "bindfs", "-f", "--no-allow-other", job.directory(), place_.path()}) {
  const dev_t before = device(job.directory());
  is_there_ = wait_until([&] { return server_.has_ended() || device(place_.path()) != before; }) &&
              !server_.has_ended() && fs::exists(place_.path() + "/logo.png");
}

void JobMount::stop_server() const {
  server_.send(SIGSTOP);
  REQUIRE(wait_until([&] { return process_state(server_.pid()) == 'T'; }));
}

void JobMount::continue_server() const {
  server_.send(SIGCONT);
}

SharedJob::SharedJob() {
  if (!obstacle().empty()) skip(obstacle());
  one.emplace(job);
  other.emplace(job);
  if (!one->is_there() || !other->is_there()) skip("bindfs cannot mount anything here");
  (void)job.add_pictures(fast_pictures);
  (void)job.add_gated(gated_pictures);
}

RunningProgram SharedJob::start(const JobMount& mount, const Words& extra, const Words& environment) const {
  Words words = job.command({"--worker-program", hazard_worker(), "--output", mount.out()});
  words.insert(words.end(), extra.begin(), extra.end());
  words.insert(words.end(), {job.in(), job.gated()});
  ProgramOptions options = job.options();
  options.environment.emplace_back("WM_OWNER_SECOND_MS=100");
  options.environment.insert(options.environment.end(), environment.begin(), environment.end());
  return RunningProgram(words, options);
}

bool SharedJob::waits_at_gate() const {
  return wait_until(
      [&] { return job.at_gate() == gated_pictures && files_below(job.out()).size() == fast_pictures; });
}

std::string SharedJob::owner() const {
  return read_file(job.job_directory() + "/owner");
}

void SharedJob::move_owner_elsewhere() const {
  std::string text = owner();
  const std::size_t at = text.find("\"boot_id\": \"");
  REQUIRE(at != std::string::npos);
  text.replace(at + 12, 8, "elsewher");
  write_file(job.job_directory() + "/owner", text);
}

void SharedJob::check_whole() const {
  CHECK(files_below(job.out()).size() == fast_pictures + gated_pictures);
  CHECK(temporary_files_below(job.out()).empty());
  CHECK(journal_rows(job.job_directory(), "PRAGMA integrity_check") ==
        std::vector<std::vector<std::string>>{{"ok"}});
  CHECK(journal_number(job.job_directory(), "SELECT count(*) FROM file WHERE state = 'marked'") ==
        fast_pictures + gated_pictures);
  CHECK(job.report().at("inputs") == fast_pictures + gated_pictures);
  CHECK(!fs::exists(job.job_directory() + "/owner"));
}

}  // namespace wm::test
