#include "supervisor/report/merged/merged_quarantine.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/temp_dir.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

constexpr int many = 3000;  // lines, and more than are kept in memory

struct Directory {
  TempDir dir;
  JobDirectory job = JobDirectory::create(dir.path() + "/job");

  [[nodiscard]] std::string list() const { return job.path_of("quarantine.txt"); }
  [[nodiscard]] auto lines() const {
    const std::string text = read_file(list());
    return std::ranges::count(text, '\n');
  }
};

void add(MergedQuarantine& list, int count, RecordedState state = RecordedState::quarantined) {
  for (int i = 0; i < count; ++i) {
    InputHistory input;
    input.input = "/in/" + std::string(100, 'a') + std::to_string(i);
    input.state = state;
    input.failure = Failure{FailureKind::crash, "the worker was killed"};
    list.add(input);
  }
}

TEST_CASE("lines of shards that do not count are in no list, and few lines are in memory") {
  const Directory directory;
  MergedQuarantine list(directory.job);
  const auto bytes_in_files = [&] {
    std::uintmax_t sum = 0;
    for (const auto& entry : fs::directory_iterator(directory.job.path())) sum += entry.file_size();
    return sum;
  };
  add(list, 1);
  list.end_shard(true);
  add(list, 1, RecordedState::failed);
  add(list, many);
  CHECK(bytes_in_files() > std::uintmax_t{230'000});
  list.end_shard(false);
  CHECK(bytes_in_files() < std::uintmax_t{1000});
  add(list, 2);
  list.end_shard(false);
  add(list, many);
  list.end_shard(true);
  add(list, 1);
  list.end_shard(true);
  CHECK(list.commit());
  CHECK(directory.lines() == many + 2);
  CHECK(directory.job.names().size() == 1);
}

TEST_CASE("a list that is not committed leaves nothing, and the old one stays") {
  const Directory directory;
  write_file(directory.list(), "old\n");
  {
    MergedQuarantine list(directory.job);
    add(list, many);
    list.end_shard(true);
    CHECK(directory.job.names().size() == 2);
  }
  CHECK(directory.job.names().size() == 1);
  CHECK(read_file(directory.list()) == "old\n");
}

TEST_CASE("that a list cannot be written is said at its end, when all shards have been read") {
  Directory directory;
  directory.job.ask_before_changes([](std::chrono::nanoseconds) {
    throw std::system_error(EROFS, std::generic_category(), "cannot write");
  });
  MergedQuarantine list(directory.job);
  for (int i = 0; i < 3; ++i) {
    add(list, many);
    list.end_shard(i != 1);
  }
  CHECK_THROWS_AS(list.commit(), std::system_error);
  CHECK(directory.job.names().empty());
}

}  // namespace
}  // namespace wm::test
