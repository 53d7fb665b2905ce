#include "supervisor/analyzer/modules.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "common/os/unique_fd.h"
#include "supervisor/analyzer/build_id.h"

namespace wm {
namespace {

// libdwfl's callbacks have no argument of ours, so they use this; a process analyses only one snapshot.
Modules* of_this_process = nullptr;
char* debuginfo_path = nullptr;  // null: libdwfl's default, with build ids in /usr/lib/debug

}  // namespace

Modules::Modules(const Snapshot& snapshot, const MemoryMap& map) : snapshot_(snapshot), map_(map) {
  static const Dwfl_Callbacks callbacks{.find_elf = find_elf,
                                        .find_debuginfo = find_debug_information,
                                        .section_address = dwfl_offline_section_address,
                                        .debuginfo_path = &debuginfo_path};
  of_this_process = this;
  dwfl_.reset(dwfl_begin(&callbacks));
  if (!dwfl_) throw std::runtime_error(std::string("libdwfl does not start: ") + dwfl_errmsg(-1));
  std::string text = map.text();
  if (text.empty()) throw std::runtime_error("the memory map of the snapshot is empty or damaged");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(::fmemopen(text.data(), text.size(), "r"),
                                                             &std::fclose);
  dwfl_report_begin(dwfl_.get());
  const bool reported = file && dwfl_linux_proc_maps_report(dwfl_.get(), file.get()) == 0;
  dwfl_report_end(dwfl_.get(), nullptr, nullptr);
  if (!reported) throw std::runtime_error("libdwfl does not understand the memory map of the snapshot");
}

Modules::~Modules() {
  of_this_process = nullptr;
}

const Modules::State& Modules::state_of(const std::string& path, std::uint64_t start) {
  const auto known = std::ranges::find(states_, path, &std::pair<std::string, State>::first);
  if (known != states_.end()) return known->second;
  State state;
  const auto kept = std::ranges::find(snapshot_.modules, start, &ModuleSnapshot::start);
  if (kept != snapshot_.modules.end()) state.build_id = kept->build_id;
  const ModuleFile module = open_module(path, directories_);
  if (module.access == ModuleAccess::refused) state.on_disk = OnDisk::refused;
  if (module.access == ModuleAccess::opened) {
    const std::string there = build_id_of_file(module.file.get()).value_or("");
    state.on_disk = there == state.build_id ? OnDisk::same : OnDisk::different;
  }
  return states_.emplace_back(path, std::move(state)).second;
}

int Modules::find_elf(Dwfl_Module*, void**, const char* name, Dwarf_Addr base, char** file_name, Elf** elf) {
  *elf = nullptr;
  *file_name = nullptr;
  if (of_this_process == nullptr || name[0] != '/') return -1;
  if (of_this_process->state_of(name, base).on_disk != OnDisk::same) return -1;
  ModuleFile module = open_module(name, of_this_process->directories_);
  if (module.access != ModuleAccess::opened) return -1;
  *file_name = ::strdup(name);
  return module.file.release();
}

/// Finds debug information installed beside the module or in /usr/lib/debug.
int Modules::find_debug_information(Dwfl_Module* module, void** userdata, const char* name, Dwarf_Addr base,
                                    const char* file_name, const char* link, GElf_Word link_checksum,
                                    char** debug_name) {
  UniqueFd file(
      dwfl_standard_find_debuginfo(module, userdata, name, base, file_name, link, link_checksum, debug_name));
  if (!file) return -1;
  if (of_this_process != nullptr && may_be_read(file.get(), of_this_process->directories_))
    return file.release();
  std::free(*debug_name);  // NOLINT(cppcoreguidelines-no-malloc): libdwfl got it by malloc
  *debug_name = nullptr;
  return -1;
}

Place Modules::place_of(std::uint64_t address) {
  Place place;
  const Mapping* const mapping = map_.at(address);
  if (mapping == nullptr || mapping->path.empty()) return place;
  const std::uint64_t start = map_.module_start(address);
  place.path = mapping->path;
  place.module = place.path.substr(place.path.find_last_of('/') + 1);
  place.offset = address - start;
  if (mapping->is_file()) {
    const State& state = state_of(place.path, start);
    place.build_id = state.build_id;
    place.on_disk = state.on_disk;
  }
  return place;
}

}  // namespace wm
