#pragma once

// The marks that were prepared last. Pictures of one job tend to have few sizes, so nearly every picture
// finds its mark here. Bounded in bytes, the least recently used goes first; beside them one that is larger
// than the bound, as preparing that takes longer than anything else. One thread.

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

/// All that a prepared mark depends on within one job.
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

  /// The mark for `key`, made by `make` when it is not there; what `make` throws passes through. Of marks
  /// larger than the bound the last one is kept, unless it is larger than eight times that.
  std::shared_ptr<const PreparedMark> get(const MarkKey& key, const std::function<PreparedMark()>& make);

  /// Without those of the large one.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct Entry {
    MarkKey key;
    std::shared_ptr<const PreparedMark> mark;
  };

  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::list<Entry> entries_;  // the last used first; few, so searched one by one
  std::optional<Entry> large_;
};

}  // namespace wm
