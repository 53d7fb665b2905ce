#pragma once

// The planes that were made last. Pictures of one job share few phases. Bounded in bytes, the least recently
// used goes first; beside them one mark's that are larger than the bound. One thread.

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

  /// Keeps `mark` alive as long as its planes are kept. Of planes larger than the bound the last ones are
  /// kept, unless they are larger than eight times that.
  std::shared_ptr<const MarkPlanes> get(const std::shared_ptr<const PreparedMark>& mark,
                                        const MarkPhase& phase, const ScanGeometry& geometry,
                                        ColourModel model);

  /// Without those of the large ones.
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
  std::optional<Entry> large_;
};

}  // namespace wm::jpeg
