// The analyzer's parts on good and on hostile input.

#include <elf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/crash/crash_cell.h"
#include "common/os/unique_fd.h"
#include "supervisor/analyzer/analysis.h"
#include "supervisor/analyzer/build_id.h"
#include "supervisor/analyzer/memory_map.h"
#include "supervisor/analyzer/snapshot_reader.h"
#include "tests/support/catch.h"

namespace wm {
namespace {

constexpr const char* map_text =
    "555500000000-555500001000 r--p 00000000 fe:01 12 /usr/bin/a b\n"
    "555500001000-555500004000 r-xp 00001000 fe:01 12 /usr/bin/a b\n"
    "7ff000000000-7ff000021000 rw-p 00000000 00:00 0 \n"
    "nonsense\n"
    "2000-1000 rw-p 00000000 00:00 0 \n"
    "7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0                          [stack]";

TEST_CASE("a memory map is read line by line, and lines without sense are left out") {
  const MemoryMap map(map_text);
  REQUIRE(map.mappings().size() == 4);
  REQUIRE(map.at(0x555500001234) != nullptr);
  CHECK(map.at(0x555500001234)->path == "/usr/bin/a b");
  CHECK(map.at(0x555500001234)->executable());
  CHECK(map.at(0x555500004000) == nullptr);
  CHECK(map.module_start(0x555500001234) == 0x555500000000);
  CHECK(map.above(0x7ff000021000)->path == "[stack]");
  CHECK(map.below(0x555500005000)->end == 0x555500004000);
  CHECK(MemoryMap("").mappings().empty());
}

std::vector<std::byte> image_with_note(std::uint32_t name_bytes, std::uint32_t id_bytes) {
  std::vector<std::byte> image(512);
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_phoff = sizeof header;
  header.e_phnum = 1;
  Elf64_Phdr segment{};
  segment.p_type = PT_NOTE;
  segment.p_offset = 256;
  segment.p_filesz = 12 + 4 + 20;
  const Elf64_Nhdr note{name_bytes, id_bytes, NT_GNU_BUILD_ID};
  std::memcpy(image.data(), &header, sizeof header);
  std::memcpy(image.data() + sizeof header, &segment, sizeof segment);
  std::memcpy(image.data() + 256, &note, sizeof note);
  std::memcpy(image.data() + 256 + sizeof note, "GNU", 4);
  std::memset(image.data() + 256 + sizeof note + 4, 0xAB, 20);
  return image;
}

TEST_CASE("the build id is found among the notes") {
  CHECK(build_id_of(image_with_note(4, 3)) == "ababab");
}

TEST_CASE("notes that lie about their sizes give no build id") {
  CHECK_FALSE(build_id_of(image_with_note(4, 4000)));
  CHECK_FALSE(build_id_of(image_with_note(0xFFFFFFFF, 20)));
  CHECK_FALSE(build_id_of(image_with_note(0, 0)));
  CHECK_FALSE(build_id_of({}));
}

class CellFile {
 public:
  CellFile() : fd_(::memfd_create("cell", MFD_CLOEXEC)) {
    REQUIRE(::ftruncate(fd_.get(), crash_cell_bytes) == 0);
  }
  void put(const void* data, std::size_t bytes, std::uint64_t offset) const {
    REQUIRE(::pwrite(fd_.get(), data, bytes, static_cast<off_t>(cell_head_bytes + offset)) ==
            static_cast<ssize_t>(bytes));
  }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

TEST_CASE("a cell without a snapshot is refused") {
  const CellFile cell;
  CHECK_THROWS_AS(read_snapshot(cell.fd(), area_of_death), std::runtime_error);
}

TEST_CASE("offsets, counts and sizes without sense are survived") {
  std::minstd_rand random(20261124);
  for (int round = 0; round < 300; ++round) {
    const CellFile cell;
    auto header = std::make_unique<SnapshotHeader>();
    auto* const words = reinterpret_cast<std::uint32_t*>(header.get());
    for (std::size_t i = 0; i < sizeof *header / 4; ++i) {
      words[i] = random() % 4 == 0 ? static_cast<std::uint32_t>(random()) * 2
                                   : static_cast<std::uint32_t>(random() % 300);
    }
    header->magic = snapshot_magic;
    header->version = snapshot_version;
    header->machine = EM_X86_64;
    if (round % 2 == 0) {  // near the truth
      header->map_offset = 4096 * 32;
      header->map_bytes = std::strlen(map_text);
      header->threads = 3;
      header->modules = 2;
      cell.put(map_text, std::strlen(map_text), header->map_offset);
    }
    cell.put(header.get(), sizeof *header, 0);
    const Snapshot snapshot = read_snapshot(cell.fd(), area_of_death);
    CHECK(snapshot.threads.size() <= max_snapshot_threads);
    try {
      const bool has_threads = analyse(snapshot).contains("threads");
      CHECK(has_threads);
    } catch (const std::runtime_error& error) {
      CHECK(std::string(error.what()).size() > 5);  // it says why it cannot be analysed
    }
  }
}

}  // namespace
}  // namespace wm
