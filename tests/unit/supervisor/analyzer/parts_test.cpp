// The analyzer's parts on good and on hostile input.

#include <elf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/crash/crash_record.h"
#include "common/json/json_text.h"
#include "common/os/unique_fd.h"
#include "supervisor/analyzer/analysis.h"
#include "supervisor/analyzer/analysis_json.h"
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

class CrashRecordFile {
 public:
  CrashRecordFile() : fd_(::memfd_create("cell", MFD_CLOEXEC)) {
    REQUIRE(::ftruncate(fd_.get(), crash_record_bytes) == 0);
  }
  void put(const void* data, std::size_t bytes, std::uint64_t offset) const {
    REQUIRE(::pwrite(fd_.get(), data, bytes, static_cast<off_t>(crash_record_head_bytes + offset)) ==
            static_cast<ssize_t>(bytes));
  }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

TEST_CASE("a crash record without a snapshot is refused") {
  const CrashRecordFile crash_record;
  CHECK_THROWS_AS(read_snapshot(crash_record.fd(), area_of_death), std::runtime_error);
}

TEST_CASE("offsets, counts and sizes without sense are survived") {
  std::minstd_rand random(20261124);
  for (int round = 0; round < 300; ++round) {
    const CrashRecordFile crash_record;
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
      crash_record.put(map_text, std::strlen(map_text), header->map_offset);
    }
    crash_record.put(header.get(), sizeof *header, 0);
    const Snapshot snapshot = read_snapshot(crash_record.fd(), area_of_death);
    CHECK(snapshot.threads.size() <= max_snapshot_threads);
    try {
      const std::size_t threads = analyse(snapshot).threads.size();
      CHECK(threads == snapshot.threads.size());
    } catch (const std::runtime_error& error) {
      CHECK(std::string(error.what()).size() > 5);  // it says why it cannot be analysed
    }
  }
}

/// This process' own map and a stack of its words, with the beginnings of its modules: a snapshot as a worker
/// takes it, so that the unwinder goes into real files.
class OwnSnapshot {
 public:
  OwnSnapshot() {
    std::ifstream maps("/proc/self/maps");
    map_.assign(std::istreambuf_iterator<char>(maps), {});
    header_->magic = snapshot_magic;
    header_->version = snapshot_version;
    header_->machine = EM_X86_64;
    header_->map_offset = map_at;
    header_->map_bytes = map_.size();
    header_->threads = 1;
    ThreadRecord& thread = header_->thread[0];
    thread.tid = 7;
    thread.answered = 1;
    thread.pc = thread.registers[16] = code();
    thread.sp = thread.registers[7] = reinterpret_cast<std::uint64_t>(&thread) & ~std::uint64_t{15};
    thread.stack_start = thread.sp;
    thread.stack_offset = stack_at;
    thread.stack_bytes = stack_bytes;
    const MemoryMap map(map_);
    for (const Mapping& mapping : map.mappings()) {
      if (mapping.offset != 0 || !mapping.is_file() || modules_.size() == max_snapshot_modules) continue;
      ModuleHead& module = modules_.emplace_back();
      module.start = mapping.start;
      module.bytes = module_head_bytes;
      std::ifstream(mapping.path, std::ios::binary)
          .read(reinterpret_cast<char*>(module.head.data()), module_head_bytes);
    }
    header_->modules = static_cast<std::uint32_t>(modules_.size());
    header_->modules_offset = modules_at;
  }

  /// With some words changed and, of the stack, some made addresses of code.
  void put_mutated(const CrashRecordFile& crash_record, std::minstd_rand& random) const {
    auto header = std::make_unique<SnapshotHeader>(*header_);
    for (unsigned i = random() % 8; i > 0; --i) {
      auto* const registers = header->thread[0].registers.data();
      registers[random() % 17] += random() % 4096;
      if (random() % 2 == 0) header->thread[0].pc = registers[16] = code() + random() % 65536;
    }
    std::vector<std::uint64_t> stack(stack_bytes / 8);
    for (std::uint64_t& word : stack) {
      word =
          random() % 3 == 0 ? code() + random() % 65536 : header->thread[0].sp + random() % (2 * stack_bytes);
    }
    std::string map = map_;
    for (unsigned i = random() % 4; i > 0; --i) map[random() % map.size()] = static_cast<char>(random());
    crash_record.put(map.data(), map.size(), map_at);
    crash_record.put(modules_.data(), modules_.size() * sizeof(ModuleHead), modules_at);
    crash_record.put(stack.data(), stack_bytes, stack_at);
    crash_record.put(header.get(), sizeof *header, 0);
  }

 private:
  static constexpr std::uint64_t stack_at = 1U << 20, map_at = 2U << 20, modules_at = 3U << 20;
  static constexpr std::uint64_t stack_bytes = 8192;
  static std::uint64_t code() { return reinterpret_cast<std::uint64_t>(&::pread); }
  std::string map_;
  std::vector<ModuleHead> modules_;
  std::unique_ptr<SnapshotHeader> header_ = std::make_unique<SnapshotHeader>();
};

TEST_CASE("snapshots near the truth are survived, down into the files that they name") {
  std::minstd_rand random(20261129);
  const OwnSnapshot own;
  unsigned named = 0;
  for (int round = 0; round < 60; ++round) {
    const CrashRecordFile crash_record;
    own.put_mutated(crash_record, random);
    try {
      const Json analysis = analysis_json(analyse(read_snapshot(crash_record.fd(), area_of_death)));
      if (to_text(analysis, -1, InvalidUtf8::replace).find("libc.so") != std::string::npos) ++named;
      CHECK(analysis_from(analysis));
    } catch (const std::runtime_error&) {
      continue;  // nothing of the map is left
    }
  }
  CHECK(named > 0);
}

}  // namespace
}  // namespace wm
