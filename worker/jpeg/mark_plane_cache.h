#pragma once

// The planes that were made last. Pictures of one job share few phases. Bounded in bytes, the least recently
// used goes first. One thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>

#include "worker/jpeg/mark_planes.h"

namespace wm::jpeg {

class MarkPlaneCache {
 public:
  explicit MarkPlaneCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// Keeps `mark` alive as long as its planes are kept. Planes larger than the bound are returned and not
  /// kept.
  std::shared_ptr<const MarkPlanes> get(const std::shared_ptr<const PreparedMark>& mark,
                                        const MarkPhase& phase, const ScanGeometry& geometry,
                                        ColourModel model);

  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct Key {
    std::shared_ptr<const PreparedMark> mark;  // holds it, so its address is nobody else's
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
  std::list<Entry> entries_;  // the last used first
};

}  // namespace wm::jpeg
