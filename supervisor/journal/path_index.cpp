#include "supervisor/journal/path_index.h"

#include <limits>
#include <stdexcept>
#include <utility>

#include <xxhash.h>

#include "common/os/random_number.h"

namespace wm {

std::uint32_t PathIndex::hash_of(std::string_view path) {
  static const std::uint64_t seed = random_number();
  return static_cast<std::uint32_t>(XXH3_64bits_withSeed(path.data(), path.size(), seed) >> 32);
}

void PathIndex::add(std::string_view path, std::int64_t row) {
  if (row <= 0 || row > std::numeric_limits<std::uint32_t>::max())
    throw std::length_error("a job has more than 2^32 inputs");
  if (size_ >= entries_.size() / 10 * 8) grow();
  if (put({.hash = hash_of(path), .row = static_cast<std::uint32_t>(row)})) ++size_;
}

bool PathIndex::put(const Entry& entry) {
  std::size_t at = home(entry.hash);
  for (; entries_[at].row != 0; at = after(at)) {
    if (entries_[at].hash == entry.hash && entries_[at].row == entry.row) return false;
  }
  entries_[at] = entry;
  return true;
}

void PathIndex::grow() {
  std::vector<Entry> old(entries_.size() + entries_.size() / 2);
  old.swap(entries_);
  for (const Entry& entry : old) {
    if (entry.row != 0) put(entry);
  }
}

}  // namespace wm
