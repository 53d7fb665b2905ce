// Jobs whose standard error nobody reads.

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "common/os/unique_fd.h"
#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

/// A job with a picture in progress, and a full pipe as its standard error.
class UnreadJob {
 public:
  explicit UnreadJob(const Words& options) {
    job_.add_pictures(100);  // their lines do not fit into the pipe either
    job_.add_gated(1);
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    read_end_.reset(ends[0]);
    write_end_.reset(ends[1]);
    REQUIRE(::fcntl(write_end_.get(), F_SETPIPE_SZ, 4096) == 4096);
    const std::string filling(4096, '.');
    REQUIRE(::write(write_end_.get(), filling.data(), filling.size()) == 4096);
    Words words = job_.command({"--worker-program", hazard_worker(), "--timeout", "0", "--workers", "1"});
    words.insert(words.end(), options.begin(), options.end());
    words.insert(words.end(), {"--grace", "10m", job_.in(), job_.gated()});
    words.insert(words.begin(),
                 {"/bin/sh", "-c", R"(exec "$0" "$@" 2>/dev/fd/)" + std::to_string(write_end_.get())});
    program_.emplace(words, job_.options());
    REQUIRE(wait_until([&] { return job_.at_gate() == 1; }));
  }

  [[nodiscard]] const Job& job() const { return job_; }
  [[nodiscard]] RunningProgram& program() { return *program_; }
  [[nodiscard]] bool reaches(const std::string& phase) const {
    return wait_until([&] {
      const Json status = Json::parse(read_file(job_.job_directory() + "/status.json"), nullptr, false);
      return status.is_object() && status.value("phase", "") == phase;
    });
  }

 private:
  Job job_;
  UniqueFd read_end_, write_end_;
  std::optional<RunningProgram> program_;
};

Words kinds_of_output() {
  return GENERATE(Words{}, Words{"--quiet"}, Words{"--progress", "json"}, Words{"--log-stderr"},
                  Words{"--log-file", "-"});
}

TEST_CASE("a stderr that nobody reads stops no job") {
  const Words options = kinds_of_output();
  CAPTURE(options);
  UnreadJob unread(options);
  unread.job().open_gate();
  const ProgramResult result = unread.program().wait(3min);
  CHECK_FALSE(result.timed_out);
  CHECK(result.exit_code == 0);
  CHECK(unread.job().report().at("marked") == 101);
}

TEST_CASE("a stderr that nobody reads keeps no signal from stopping a job") {
  const Words options = kinds_of_output();
  CAPTURE(options);
  UnreadJob unread(options);
  unread.program().send(SIGTERM);
  REQUIRE(unread.reaches("stopping"));
  unread.program().send(SIGINT);  // a second SIGTERM may be the same request
  const ProgramResult result = unread.program().wait(3min);
  CHECK_FALSE(result.timed_out);
  CHECK(result.exit_code == 143);
  CHECK(unread.job().report().at("pending") == 1);
}

}  // namespace
}  // namespace wm::test
