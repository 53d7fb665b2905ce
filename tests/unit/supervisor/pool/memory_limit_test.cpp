#include "supervisor/pool/memory_limit.h"

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30;

TEST_CASE("by default a worker gets its part of 80 % of the memory") {
  CHECK(default_memory_limit(10 * gibibyte, std::nullopt, 8) == gibibyte);
  CHECK(default_memory_limit(10 * gibibyte, std::nullopt, 1) == 8 * gibibyte);
  CHECK(default_memory_limit(10 * gibibyte, 5 * gibibyte, 4) == gibibyte);
  CHECK(default_memory_limit(5 * gibibyte, 0x7FFFFFFFFFFFF000, 4) == gibibyte);  // v1 without a limit
  CHECK(default_memory_limit(10 * gibibyte, std::nullopt, 0) == 8 * gibibyte);
}

TEST_CASE("no default limit is so low that a worker could not start") {
  CHECK(default_memory_limit(gibibyte, std::nullopt, 64) == least_default_memory_limit);
  CHECK(default_memory_limit(0, std::nullopt, 1) == least_default_memory_limit);
}

TEST_CASE("the share of all workers is exact for any amount of memory") {
  CHECK(raised_memory_limit(gibibyte, 8 * gibibyte) == gibibyte + gibibyte / 4 + gibibyte / 16);
  // Of 10 GiB, a picture that needs the 8 that are for workers may take 9.
  CHECK(raised_memory_limit(8 * gibibyte, 8 * gibibyte) == 9 * gibibyte);
  CHECK(memory_for_workers(10) == 8);
  CHECK(memory_for_workers(19) == 15);
  CHECK(memory_for_workers(UINT64_MAX) == UINT64_MAX / 5 * 4);
}

TEST_CASE("a given limit is what counts, and none is none") {
  CHECK(memory_limit_of_worker(MemoryLimit::of(123 * mebibyte), 8) == 123 * mebibyte);
  CHECK(memory_limit_of_worker(MemoryLimit::of(std::nullopt), 8) == std::nullopt);
  const MachineMemory memory = machine_memory();
  CHECK(memory.ram > 100 * mebibyte);
  CHECK(memory_limit_of_worker(MemoryLimit{}, 1) == default_memory_limit(memory.ram, memory.cgroup_limit, 1));
}

TEST_CASE("the lowest limit on the way to the top of the control groups holds") {
  const TempDir tree;
  tree.file("memory.max", "max\n");
  tree.file("a/memory.max", "1000\n");
  tree.file("a/b/memory.max", "max\n");
  tree.file("a/b/c/memory.max", "2000\n");
  CHECK(lowest_cgroup_limit(tree.path(), "/a/b/c", "memory.max") == 1000U);
  CHECK(lowest_cgroup_limit(tree.path(), "/a/b", "memory.max") == 1000U);
  CHECK(lowest_cgroup_limit(tree.path(), "/", "memory.max") == std::nullopt);
  CHECK(lowest_cgroup_limit(tree.path(), "/not/to/be/seen", "memory.max") == std::nullopt);
  tree.file("memory.max", "500\n");  // the container's
  CHECK(lowest_cgroup_limit(tree.path(), "/not/to/be/seen", "memory.max") == 500U);
}

TEST_CASE("an amount of memory is said in the unit that fits") {
  CHECK(memory_text(512 * mebibyte) == "512 MiB");
  CHECK(memory_text(gibibyte + gibibyte / 2) == "1.5 GiB");
}

}  // namespace
}  // namespace wm
