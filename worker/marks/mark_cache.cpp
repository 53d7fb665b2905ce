#include "worker/marks/mark_cache.h"

#include <algorithm>

namespace wm {
namespace {

constexpr std::size_t max_entries = 64;
constexpr std::size_t large_bounds = 8;

}  // namespace

std::shared_ptr<const PreparedMark> MarkCache::get(const MarkKey& key,
                                                   const std::function<PreparedMark()>& make) {
  if (large_ && large_->key == key) return large_->mark;
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.key == key; });
  if (found != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, found);
    return entries_.front().mark;
  }
  auto mark = std::make_shared<const PreparedMark>(make());
  if (mark->memory() > max_bytes_) {
    if (mark->memory() <= large_bounds * max_bytes_) large_ = {key, mark};
    return mark;
  }
  entries_.push_front({key, mark});
  bytes_ += mark->memory();
  while (bytes_ > max_bytes_ || entries_.size() > max_entries) {
    bytes_ -= entries_.back().mark->memory();
    entries_.pop_back();
  }
  return mark;
}

}  // namespace wm
