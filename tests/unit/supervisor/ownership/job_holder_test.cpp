#include "supervisor/ownership/job_holder.h"

#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "supervisor/ownership/owner_record.h"
#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/temp_dir.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

TEST_CASE("a run whose process lives here holds its job, however old its file seems to be") {
  const TempDir dir;
  const JobDirectory job = JobDirectory::create(dir.path() + "/job");
  CHECK_FALSE(job_holder(job));
  const std::string file = dir.path() + "/job/owner";
  OwnerRecord owner = record_of_this_process(RunToken{1});
  write_file(file, to_text(owner));
  fs::last_write_time(file, fs::file_time_type::clock::now() - 180s);
  const auto holder = job_holder(job);
  REQUIRE(holder);
  CHECK(holder->pid == ::getpid());
  CHECK(holder->record == owner);

  ++owner.started;  // it is gone, and another process has its number
  write_file(file, to_text(owner));
  CHECK_FALSE(job_holder(job));
}

}  // namespace
}  // namespace wm::test
