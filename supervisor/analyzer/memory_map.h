#pragma once

// The memory map of a process, from the text of /proc/PID/maps. Pure.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wm {

struct Mapping {
  std::uint64_t start = 0, end = 0;  // [start, end)
  std::string permissions;           // "r-xp"
  std::uint64_t offset = 0;          // in the file
  std::string path;                  // "" for anonymous memory, "[stack]" and the like for the kernel's
  [[nodiscard]] bool contains(std::uint64_t address) const { return address >= start && address < end; }
  [[nodiscard]] bool executable() const { return permissions.size() > 2 && permissions[2] == 'x'; }
  [[nodiscard]] bool writable() const { return permissions.size() > 1 && permissions[1] == 'w'; }
  [[nodiscard]] bool readable() const { return !permissions.empty() && permissions[0] == 'r'; }
  [[nodiscard]] bool is_file() const { return path.starts_with('/'); }
};

class MemoryMap {
 public:
  /// Invalid lines are skipped.
  explicit MemoryMap(std::string_view text);

  [[nodiscard]] const std::vector<Mapping>& mappings() const noexcept { return mappings_; }
  /// The valid lines.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  /// Null when nothing is mapped there.
  [[nodiscard]] const Mapping* at(std::uint64_t address) const noexcept;
  /// The last mapping that ends at or below the address; null when there is none.
  [[nodiscard]] const Mapping* below(std::uint64_t address) const noexcept;
  /// The first mapping that starts above the address; null when there is none.
  [[nodiscard]] const Mapping* above(std::uint64_t address) const noexcept;
  /// The start of the file mapped at the address: its last mapping of offset 0 at or below the address. For
  /// other memory the mapping's start; 0 when nothing is mapped there.
  [[nodiscard]] std::uint64_t module_start(std::uint64_t address) const noexcept;

 private:
  std::vector<Mapping> mappings_;  // by address
  std::string text_;
};

}  // namespace wm
