#include "supervisor/report/metrics_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "supervisor/report/metrics_text.h"
#include "supervisor/text/usage_error.h"
#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/temp_dir.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

const std::string mine = "# HELP wm_supervisor_x one\nwm_supervisor_x{job=\"/out\"} 1\n";

MeasuredJob job(const std::string& directory) {
  return {.directory = directory, .shard = std::nullopt};
}

std::string refusal(const std::string& path) {
  try {
    MetricsFile(path, job("/out")).check();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST_CASE("metrics can be read by everybody, whatever the umask, and nothing is left beside them") {
  const TempDir dir;
  const std::string path = dir.path() + "/job.prom";
  const MetricsFile file(path, job("/out"));
  write_file(dir.path() + "/" + file.temporary_name(), "left by a run that was killed");
  const mode_t before = ::umask(0077);
  file.write(mine);
  file.write(mine + "# two\n");
  ::umask(before);
  CHECK(read_file(path) == mine + "# two\n");
  struct ::stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 0644);
  CHECK(files_below(dir.path()).size() == 1);
  CHECK(refusal(path) == "accepted");
}

TEST_CASE("a run that has lost its job leaves the metrics of the next one as they are") {
  const TempDir dir;
  const std::string path = dir.path() + "/job.prom";
  const MetricsFile file(path, job("/out"));
  file.write(mine, [] {});
  CHECK_THROWS_AS(file.write(mine + "# late\n", [] { throw OwnershipLost("it is another one's"); }),
                  OwnershipLost);
  CHECK(read_file(path) == mine);
  CHECK(files_below(dir.path()).size() == 1);
}

TEST_CASE("only a file of metrics, an empty one or none is replaced") {
  const TempDir dir;
  const std::string path = dir.path() + "/job.prom";
  CHECK(refusal(path) == "accepted");
  write_file(path, "");
  CHECK(refusal(path) == "accepted");
  for (const char* const text :
       {"# HELP", "# HELP node_load1 load\n", "\xff\xd8\xff a picture of somebody"}) {
    write_file(path, text);
    CHECK(refusal(path).find("job.prom: exists and holds something else than metrics") != std::string::npos);
  }
  fs::remove(path);
  fs::create_symlink(dir.path() + "/elsewhere", path);
  CHECK(refusal(path).find("is a symbolic link") != std::string::npos);
  fs::remove(path);
  fs::create_directory(path);
  CHECK(refusal(path).find("is a directory") != std::string::npos);
  CHECK(refusal(path + "/").find("names no file") != std::string::npos);
  CHECK(refusal(path + "/none/job.prom").find("its directory cannot be opened") != std::string::npos);
}

TEST_CASE("what appears while the job runs is neither replaced nor followed") {
  const TempDir dir;
  const std::string path = dir.path() + "/job.prom";
  const MetricsFile file(path, job("/out"));
  write_file(dir.path() + "/elsewhere", "mine");
  fs::create_symlink("elsewhere", dir.path() + "/" + file.temporary_name());
  file.write(mine);
  CHECK(read_file(path) == mine);
  fs::remove(path);
  fs::create_symlink("elsewhere", path);
  CHECK_THROWS_AS(file.write(mine), UsageError);
  CHECK(fs::is_symlink(path));
  CHECK(read_file(dir.path() + "/elsewhere") == "mine");
  fs::remove(path);
  write_file(path, "a picture");
  CHECK_THROWS_AS(file.write(mine), UsageError);
  CHECK(read_file(path) == "a picture");
}

TEST_CASE("the metrics of another job stay") {
  const TempDir dir;
  const std::string path = dir.path() + "/job.prom";
  for (const char* const other : {"/out2", "/ou", "/out\"x"}) {
    write_file(path, "# HELP wm_supervisor_x one\nwm_supervisor_x{" + job_labels(job(other)) + "} 1\n");
    CHECK(refusal(path).find("holds the metrics of another job") != std::string::npos);
    CHECK_THROWS_AS(MetricsFile(path, job("/out")).write(mine), UsageError);
  }
  write_file(path, mine);
  CHECK(refusal(path) == "accepted");
}

TEST_CASE("the metrics of another shard stay, and those of the whole job") {
  const TempDir dir;
  const std::string path = dir.path() + "/job.prom";
  const auto text_of = [](const MeasuredJob& of) {
    JobMetrics metrics;
    metrics.job = of;
    return metrics_text(metrics);
  };
  const MeasuredJob third{.directory = "/out", .shard = Shard{.index = 3, .count = 64}};
  const MeasuredJob thirtieth{.directory = "/out", .shard = Shard{.index = 30, .count = 64}};
  for (const MeasuredJob& own : {job("/out"), third, thirtieth}) {
    for (const MeasuredJob& other : {job("/out"), third, thirtieth}) {
      write_file(path, text_of(other));
      const MetricsFile file(path, own);
      if (own.shard == other.shard) {
        CHECK_NOTHROW(file.check());
      } else {
        CHECK_THROWS_AS(file.check(), UsageError);
      }
    }
  }
}

TEST_CASE("two jobs never share a temporary file") {
  const TempDir dir;
  const std::string path = dir.path() + "/job.prom";
  const MetricsFile other(path, job("/other"));
  CHECK(other.temporary_name() != MetricsFile(path, job("/out")).temporary_name());
  CHECK(other.temporary_name() != MetricsFile(dir.path() + "/b.prom", job("/other")).temporary_name());
  write_file(dir.path() + "/" + other.temporary_name(), "half of the oth");
  MetricsFile(path, job("/out")).write(mine);
  CHECK(read_file(dir.path() + "/" + other.temporary_name()) == "half of the oth");
}

TEST_CASE("only names that node_exporter reads are accepted, as long as the file system allows") {
  const TempDir dir;
  for (const char* const name : {"photo.jpg", "status.json", "prom", "job.prom2", ".wm-tmp"})
    CHECK(refusal(dir.path() + "/" + name).find("does not end in .prom") != std::string::npos);
  const std::string longest = dir.path() + "/" + std::string(250, 'x') + ".prom";
  CHECK(refusal(longest) == "accepted");
  MetricsFile(longest, job("/out")).write(mine);
  CHECK(read_file(longest) == mine);
  CHECK(refusal(dir.path() + "/" + std::string(251, 'x') + ".prom").find("too long") != std::string::npos);
}

TEST_CASE("what cannot be written is an error, and the old metrics stay") {
  const TempDir dir;
  fs::create_directory(dir.path() + "/gone");
  const MetricsFile file(dir.path() + "/gone/job.prom", job("/out"));
  file.check();
  fs::remove(dir.path() + "/gone");
  CHECK_THROWS_AS(file.write("x"), std::system_error);
}

}  // namespace
}  // namespace wm::test
