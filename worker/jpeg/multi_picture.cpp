#include "worker/jpeg/multi_picture.h"

#include <algorithm>

#include "worker/container/mpf_index.h"

namespace wm::jpeg {
namespace {

std::optional<container::JpegSegment> index_segment(Bytes file, const Segment& segment) {
  if (segment.marker != marker::app2) return std::nullopt;
  auto found = container::next_segment(file, segment.begin);
  return found && found->is(marker::app2, container::mpf_signature) ? found : std::nullopt;
}

void adjust(Bytes file, const container::JpegSegment& segment, const std::vector<Shift>& shifts,
            std::span<std::byte> marked) {
  auto index = container::MpfIndex::read(segment);
  if (!index) return;
  const std::int64_t new_base = moved(static_cast<std::int64_t>(index->range().begin), shifts);
  const auto old_size = static_cast<std::int64_t>(file.size());
  for (container::MpfEntry& entry : index->entries) {
    const auto begin = static_cast<std::int64_t>(index->place(entry));
    if (begin >= old_size || entry.size > old_size - begin) continue;
    const std::int64_t new_begin = moved(begin, shifts);
    const std::int64_t new_end = moved(begin + entry.size, shifts);
    entry.size = static_cast<std::uint32_t>(new_end - new_begin);
    if (entry.offset != 0) entry.offset = static_cast<std::uint32_t>(new_begin - new_base);
  }
  index->write(marked.subspan(static_cast<std::size_t>(new_base), index->bytes().size()));
}

}  // namespace

bool has_multi_picture_index(Bytes file, const std::vector<Segment>& segments) {
  return std::ranges::any_of(
      segments, [&](const Segment& segment) { return index_segment(file, segment).has_value(); });
}

void adjust_mpf_offsets(Bytes file, const std::vector<Segment>& segments, const std::vector<Shift>& shifts,
                        std::span<std::byte> marked) {
  for (const Segment& segment : segments) {
    if (const auto index = index_segment(file, segment)) adjust(file, *index, shifts, marked);
  }
}

}  // namespace wm::jpeg
