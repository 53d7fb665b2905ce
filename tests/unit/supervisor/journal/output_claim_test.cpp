#include "supervisor/journal/output_claim.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "supervisor/job_directory/job_directory.h"
#include "supervisor/ownership/job_lock.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

/// Another process that claims the directory, as a supervisor with this job directory does.
class Neighbour {
 public:
  Neighbour(int directory, const std::string& job) {
    int ready[2];
    REQUIRE(::pipe2(ready, O_CLOEXEC) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      try {
        const OutputClaim claim(directory);
        const JobLock lock(JobDirectory::create(job));
        static_cast<void>(::write(ready[1], "x", 1));
        while (true) ::pause();
      } catch (...) {
        ::_exit(1);
      }
    }
    ::close(ready[1]);
    char byte = 0;
    CHECK(::read(ready[0], &byte, 1) == 1);
    ::close(ready[0]);
  }
  ~Neighbour() { die(); }
  Neighbour(const Neighbour&) = delete;
  Neighbour& operator=(const Neighbour&) = delete;

  void die() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

TEST_CASE("two claims of one directory notice each other, whichever was first, once") {
  const TempDir dir;
  const UniqueFd directory(::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  OutputClaim claim(directory.get());
  CHECK(claim.new_neighbours().empty());
  const std::string job = dir.path() + "/job of another";
  Neighbour first(directory.get(), job);
  const auto found = claim.new_neighbours();
  REQUIRE(found.size() == 1);
  CHECK(found[0].pid == first.pid());
  CHECK(found[0].job_directory == job);
  CHECK(claim.new_neighbours().empty());
  CHECK_THAT(neighbour_text(found[0], "out"),
             Catch::Matchers::Contains("pid " + std::to_string(first.pid()) + ", job directory " + job));

  Neighbour second(directory.get(), dir.path() + "/third");
  REQUIRE(claim.new_neighbours().size() == 1);
  OutputClaim late(directory.get());
  CHECK(late.new_neighbours().size() >= 2);  // this process has two claims then
}

TEST_CASE("each lock is found, in whatever order they were taken") {
  const TempDir dir;
  const UniqueFd directory(::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::vector<UniqueFd> holders;
  for (const off_t at : {5'000'000, 3, 4'000'000, 1, 2'000'000'000}) {  // pids that no process has
    holders.emplace_back(::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct flock lock {};
    lock.l_type = F_RDLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = at;
    lock.l_len = 1;
    REQUIRE(::fcntl(holders.back().get(), F_OFD_SETLK, &lock) == 0);
  }
  OutputClaim claim(directory.get());
  CHECK(claim.new_neighbours().size() == holders.size());
  CHECK(claim.new_neighbours().empty());
}

TEST_CASE("a claim ends with its process and leaves nothing") {
  const TempDir dir;
  const std::string outputs = dir.path() + "/out";
  std::filesystem::create_directory(outputs);
  const UniqueFd directory(::open(outputs.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  Neighbour neighbour(directory.get(), dir.path() + "/job");
  neighbour.die();
  OutputClaim claim(directory.get());
  CHECK(claim.new_neighbours().empty());
  CHECK(std::filesystem::is_empty(outputs));
}

}  // namespace
}  // namespace wm
