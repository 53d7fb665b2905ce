#pragma once

// Finds the rows that may have a given path: a hash table in memory that lives as long as a run, with 10 to
// 15 bytes per row. It keeps 32 bits of a path's hash, so the caller compares the path of the row that it
// gets. The hash differs from process to process, so that nobody can choose names that make it slow. An index
// in job.db would dirty an additional page for every input. One thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace wm {

class PathIndex {
 public:
  PathIndex() : entries_(1024) {}

  /// Does nothing when it is there already. Throws std::bad_alloc; std::length_error for a row beyond 2^32.
  void add(std::string_view path, std::int64_t row);

  /// The first row for which `has_path(row)` is true, of those that may have `path`; usually one at most.
  template <class HasPath>
  [[nodiscard]] std::optional<std::int64_t> find(std::string_view path, const HasPath& has_path) const {
    const std::uint32_t hash = hash_of(path);
    for (std::size_t at = home(hash); entries_[at].row != 0; at = after(at)) {
      if (entries_[at].hash == hash && has_path(std::int64_t{entries_[at].row})) return entries_[at].row;
    }
    return std::nullopt;
  }

  /// Paths with the same hash look alike to this process.
  [[nodiscard]] static std::uint32_t hash_of(std::string_view path);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return entries_.size() * sizeof(Entry); }

 private:
  struct Entry {
    std::uint32_t hash = 0;
    std::uint32_t row = 0;  // 0: free
  };

  [[nodiscard]] std::size_t home(std::uint32_t hash) const noexcept {
    return static_cast<std::size_t>(std::uint64_t{hash} * entries_.size() >> 32);
  }
  [[nodiscard]] std::size_t after(std::size_t at) const noexcept {
    return at + 1 == entries_.size() ? 0 : at + 1;
  }
  /// False: it is there already.
  bool put(const Entry& entry);
  void grow();

  std::vector<Entry> entries_;  // open addressing; never full
  std::size_t size_ = 0;
};

}  // namespace wm
