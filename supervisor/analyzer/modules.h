#pragma once

// The ELF files that the dead process had mapped, given to libdwfl on demand. A file that differs from the
// mapped one (another build id) is never used, since its names would be wrong. Only files in the directories
// for installed programs and libraries are opened, and no server is queried. One thread.

#include <elfutils/libdwfl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/analyzer/memory_map.h"
#include "supervisor/analyzer/module_files.h"
#include "supervisor/analyzer/snapshot_analysis.h"
#include "supervisor/analyzer/snapshot_reader.h"

namespace wm {

/// The location of an address.
struct Place {
  std::string path;          // "" when it is not in a file
  std::string module;        // the path's last component
  std::uint64_t offset = 0;  // from the start of the module's image
  std::string build_id;      // "" when unknown
  OnDisk on_disk = OnDisk::missing;
};

class Modules {
 public:
  /// Both must outlive the object. Throws std::runtime_error when libdwfl cannot be used.
  Modules(const Snapshot& snapshot, const MemoryMap& map);
  ~Modules();
  Modules(const Modules&) = delete;
  Modules& operator=(const Modules&) = delete;

  [[nodiscard]] Dwfl* dwfl() const noexcept { return dwfl_.get(); }
  [[nodiscard]] Place place_of(std::uint64_t address);

 private:
  struct State {
    OnDisk on_disk = OnDisk::missing;
    std::string build_id;
  };
  struct End {
    void operator()(Dwfl* dwfl) const { dwfl_end(dwfl); }
  };
  static int find_debug_information(Dwfl_Module* module, void** userdata, const char* name, Dwarf_Addr base,
                                    const char* file_name, const char* link, GElf_Word link_checksum,
                                    char** debug_name);
  static int find_elf(Dwfl_Module*, void** userdata, const char* name, Dwarf_Addr base, char** file_name,
                      Elf** elf);
  const State& state_of(const std::string& path, std::uint64_t start);

  const Snapshot& snapshot_;
  const MemoryMap& map_;
  const std::vector<std::string> directories_ = module_directories();
  std::unique_ptr<Dwfl, End> dwfl_;
  std::vector<std::pair<std::string, State>> states_;  // by path
};

}  // namespace wm
