#include "worker/jpeg/mark_plane_cache.h"

#include <algorithm>

namespace wm::jpeg {
namespace {

constexpr std::size_t large_bounds = 8;

std::array<std::uint8_t, 8> sampling_of(const ScanGeometry& geometry) {
  std::array<std::uint8_t, 8> sampling{};
  for (std::size_t i = 0; i < geometry.components.size() && 2 * i + 1 < sampling.size(); ++i) {
    sampling[2 * i] = static_cast<std::uint8_t>(geometry.components[i].horizontal);
    sampling[2 * i + 1] = static_cast<std::uint8_t>(geometry.components[i].vertical);
  }
  return sampling;
}

}  // namespace

std::shared_ptr<const MarkPlanes> MarkPlaneCache::get(const std::shared_ptr<const PreparedMark>& mark,
                                                      const MarkPhase& phase, const ScanGeometry& geometry,
                                                      ColourModel model) {
  Key key{.mark = mark, .phase = phase, .sampling = sampling_of(geometry), .model = model};
  if (large_ && large_->key == key) return large_->planes;
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&key](const Entry& entry) { return entry.key == key; });
  if (found != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, found);
    return found->planes;
  }
  auto planes = std::make_shared<const MarkPlanes>(make_planes(*mark, phase, geometry, model));
  const std::size_t bytes = planes->bytes() + mark->memory();
  if (bytes > max_bytes_) {
    if (bytes <= large_bounds * max_bytes_) {
      large_ = {.key = std::move(key), .planes = planes, .bytes = bytes};
    }
    return planes;
  }
  entries_.push_front({.key = std::move(key), .planes = planes, .bytes = bytes});
  bytes_ += bytes;
  while (bytes_ > max_bytes_) {
    bytes_ -= entries_.back().bytes;
    entries_.pop_back();
  }
  return planes;
}

}  // namespace wm::jpeg
