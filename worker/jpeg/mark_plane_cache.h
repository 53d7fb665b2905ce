#pragma once

// The most recently made planes. Pictures of one job share few phases. Bounded in bytes, the least recently
// used are dropped first; in addition to them it keeps one mark's planes that are larger than the bound. One
// thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>

#include "worker/jpeg/mark_planes.h"

namespace wm::jpeg {

class MarkPlaneCache {
 public:
  explicit MarkPlaneCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// Keeps `mark` alive as long as its planes are kept. Of planes larger than the bound only the last ones
  /// are kept, and only up to eight times the bound.
  std::shared_ptr<const MarkPlanes> get(const std::shared_ptr<const PreparedMark>& mark,
                                        const MarkPhase& phase, const ScanGeometry& geometry,
                                        ColourModel model);

  /// Without the large ones.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct Key {
    std::shared_ptr<const PreparedMark> mark;  // keeps it alive, so its address is unique
    MarkPhase phase;
    std::array<std::uint8_t, 8> sampling{};
    ColourModel model{};
    bool operator==(const Key&) const = default;
  };
  struct Entry {
    Key key;
    std::shared_ptr<const MarkPlanes> planes;
    std::size_t bytes = 0;
  };

  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::list<Entry> entries_;  // most recently used first
  std::optional<Entry> large_;
};

}  // namespace wm::jpeg
