#include "supervisor/analyzer/memory_map.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace wm {
namespace {

/// Takes the text up to `separator` (and the separator) off the front.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return word;
}

std::optional<std::uint64_t> hexadecimal(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// "start-end perms offset device inode   path"
std::optional<Mapping> mapping_of(std::string_view line) {
  const auto start = hexadecimal(take(line, '-'));
  const auto end = hexadecimal(take(line, ' '));
  Mapping mapping{.permissions = std::string(take(line, ' '))};
  const auto offset = hexadecimal(take(line, ' '));
  if (!start || !end || !offset || *start >= *end || mapping.permissions.size() != 4) return std::nullopt;
  mapping.start = *start;
  mapping.end = *end;
  mapping.offset = *offset;
  take(line, ' ');
  take(line, ' ');
  const std::size_t path = line.find_first_not_of(' ');
  if (path != std::string_view::npos) mapping.path = line.substr(path);
  return mapping;
}

}  // namespace

MemoryMap::MemoryMap(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = take(text, '\n');
    auto mapping = mapping_of(line);
    if (!mapping) continue;
    mappings_.push_back(std::move(*mapping));
    text_.append(line).append("\n");
  }
  std::ranges::sort(mappings_, {}, &Mapping::start);
}

const Mapping* MemoryMap::at(std::uint64_t address) const noexcept {
  const auto after = std::ranges::upper_bound(mappings_, address, {}, &Mapping::start);
  if (after == mappings_.begin() || !std::prev(after)->contains(address)) return nullptr;
  return &*std::prev(after);
}

const Mapping* MemoryMap::below(std::uint64_t address) const noexcept {
  const Mapping* found = nullptr;
  for (const Mapping& mapping : mappings_) {
    if (mapping.end <= address) found = &mapping;
  }
  return found;
}

const Mapping* MemoryMap::above(std::uint64_t address) const noexcept {
  const auto found = std::ranges::upper_bound(mappings_, address, {}, &Mapping::start);
  return found == mappings_.end() ? nullptr : &*found;
}

std::uint64_t MemoryMap::module_start(std::uint64_t address) const noexcept {
  const Mapping* const here = at(address);
  if (here == nullptr) return 0;
  if (!here->is_file()) return here->start;
  std::uint64_t start = here->start;
  for (const Mapping& mapping : mappings_) {
    if (mapping.start > address) break;
    if (mapping.path == here->path && mapping.offset == 0) start = mapping.start;
  }
  return start;
}

}  // namespace wm
