#pragma once

// The most recently prepared marks. Pictures of one job tend to have few sizes, so nearly every picture finds
// its mark here. Bounded in bytes, the least recently used is dropped first; in addition to them it keeps one
// mark that is larger than the bound, as preparing that takes longer than any other step. One thread.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>

#include "worker/marks/orientation.h"
#include "worker/marks/pixel_layout.h"
#include "worker/marks/prepared_mark.h"

namespace wm {

/// Everything that a prepared mark depends on within one job.
struct MarkKey {
  std::size_t mark = 0;       // index in the recipe
  bool inverted = false;      // the counterpart of inverted lightness
  Size size;                  // in display space, before it is turned
  std::uint64_t content = 0;  // MarkSource::content()
  int font_reference = 0;     // the picture's shorter side, from which a text takes its font size
  Orientation orientation;
  PixelLayout layout;
  std::size_t profile_hash = 0;
  bool operator==(const MarkKey&) const = default;
};

class MarkCache {
 public:
  explicit MarkCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// The mark for `key`, made by `make` if it is not cached; exceptions of `make` pass through. Of marks
  /// larger than the bound only the last one is kept, and only up to eight times the bound.
  std::shared_ptr<const PreparedMark> get(const MarkKey& key, const std::function<PreparedMark()>& make);

  /// Without the large mark.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct Entry {
    MarkKey key;
    std::shared_ptr<const PreparedMark> mark;
  };

  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::list<Entry> entries_;  // most recently used first; few, so searched linearly
  std::optional<Entry> large_;
};

}  // namespace wm
